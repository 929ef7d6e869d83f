// Package sandbox takes everything away from the kernel process that it does not
// need. Boot starts the process in namespaces of its own (package spawn); the
// kernel then calls Enter once, with nobody else's data in memory yet.
//
// The order matters: own root (storage, and nothing else) → limits → not
// dumpable → Reserve, the caller's hook that maps secret memory and compiles
// applications → Landlock → own user and no capabilities → no new privileges →
// seccomp on all threads. A layer that fails ends the start. A layer that the
// machine does not have is reported by name, never passed over.
//
// It needs CGO_ENABLED=0: privileges are dropped on all threads at once
// (syscall.AllThreadsSyscall). Linux on amd64 and arm64.
//
// The kernel imports this package, boot takes the names of layers and denials.
package sandbox

import (
	"errors"
	"fmt"
)

// Config says how to enter. The fields come from boot (handover.Confine).
type Config struct {
	// UID and GID of the kernel alone, when boot runs as root. With 0 the kernel
	// keeps the user that it was started as.
	UID, GID uint32
	// UserNamespace tells that boot made one: uid 0 is then nobody outside.
	UserNamespace bool
	// KillOnForbidden ends the process at a forbidden system call; else the call
	// answers EPERM.
	KillOnForbidden bool
	// Reserve, optional, is called while memory can still be mapped secret and
	// made executable, and where files are the storage already.
	Reserve func() error
}

// Enter takes all layers. After an error the process must end.
func Enter(cfg Config) (Report, error) {
	var r Report
	if !cfg.UserNamespace && cfg.UID == 0 && isRoot() {
		return r, errors.New("sandbox: started as root without a user of its own")
	}
	for _, step := range []struct {
		name string
		take func(Config, *Report) error
	}{
		{"namespaces", reportNamespaces},
		{"own root", ownRoot},
		{"limits", setLimits},
		{"not dumpable", notDumpable},
		{"reserve", reserve},
		{"landlock", restrictFiles},
		{"own user", dropUser},
		{"capabilities", dropCapabilities},
		{"no new privileges", noNewPrivileges},
		{"system calls", filterCalls},
	} {
		if err := step.take(cfg, &r); err != nil {
			return r, fmt.Errorf("sandbox: %s: %w", step.name, err)
		}
	}
	return r, nil
}

func reserve(cfg Config, _ *Report) error {
	if cfg.Reserve == nil {
		return nil
	}
	return cfg.Reserve()
}
