package sandbox

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxDescriptors: connections of all doors, the log, and room.
const maxDescriptors = 512

func isRoot() bool { return os.Geteuid() == 0 }

func setLimits(_ Config, r *Report) error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("forbid core files: %w", err)
	}
	r.set(NoCore, true, "")
	return unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: maxDescriptors, Max: maxDescriptors})
}

func notDumpable(_ Config, r *Report) error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return err
	}
	r.set(NotDumpable, true, "")
	return nil
}

// dropUser leaves root for the kernel's own user, on all threads. The bounding
// set goes first, while the process may still change it.
func dropUser(cfg Config, r *Report) error {
	if err := emptyBoundingSet(); err != nil {
		return err
	}
	switch {
	case cfg.UserNamespace:
		r.set(OwnUser, false, "boot does not run as root: the kernel has boot's user, in a namespace of its own")
		return nil
	case cfg.UID == 0:
		r.set(OwnUser, false, "boot does not run as root")
		return nil
	}
	if err := errors.Join(syscall.Setgroups(nil), syscall.Setresgid(int(cfg.GID), int(cfg.GID), int(cfg.GID)),
		syscall.Setresuid(int(cfg.UID), int(cfg.UID), int(cfg.UID))); err != nil {
		return err
	}
	r.set(OwnUser, true, "")
	return rearm()
}

// rearm repeats two settings that a change of user undoes: death with boot, and
// not dumpable (which follows fs.suid_dumpable).
func rearm() error {
	if err := onAllThreads(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}

func emptyBoundingSet() error {
	for capability := uintptr(0); capability < 64; capability++ {
		err := onAllThreads(unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, capability, 0)
		if errors.Is(err, unix.EINVAL) {
			return nil // past the last capability
		}
		if errors.Is(err, unix.EPERM) && !isRoot() {
			return nil // no capability to lose one with
		}
		if err != nil {
			return fmt.Errorf("empty the bounding set: %w", err)
		}
	}
	return nil
}

// dropCapabilities empties what remains and reads back.
func dropCapabilities(_ Config, r *Report) error {
	if err := onAllThreads(unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0); err != nil {
		return err
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := onAllThreads(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data)), 0); err != nil {
		return err
	}
	if err := unix.Capget(&header, &data[0]); err != nil || data != [2]unix.CapUserData{} {
		return errors.New("capabilities are left")
	}
	r.set(NoCapabilities, true, "")
	return nil
}

func noNewPrivileges(_ Config, r *Report) error {
	if err := onAllThreads(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0); err != nil {
		return err
	}
	r.set(NoNewPrivileges, true, "")
	return nil
}

func onAllThreads(call, a, b, c uintptr) error {
	if _, _, errno := syscall.AllThreadsSyscall6(call, a, b, c, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
