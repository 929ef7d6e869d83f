package boot

import (
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/microvm"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox/spawn"
)

// Levels of isolation.
const (
	levelProcess = "process"
	levelVM      = "vm"
)

func (c Config) checkIsolation() error {
	switch c.Isolation {
	case levelProcess:
		return nil
	case levelVM:
		return c.VM.Check()
	}
	return errors.New(`configuration: isolation must be "process" or "vm"`)
}

// process is what a kernel runs in: a sandboxed process of this machine, or one
// of a virtual machine.
type process interface {
	Done() <-chan struct{}
	Status() syscall.WaitStatus
	PID() int
	Kill()
}

// openIsolation prepares virtual machines where the kernel runs in one.
func (b *Boot) openIsolation() (err error) {
	if b.cfg.Isolation == levelVM {
		b.machines, err = microvm.New(b.cfg.VM, b.cfg.KernelUID, b.cfg.KernelGID, b.log)
	}
	return err
}

// spawn starts a kernel at the level of the configuration.
func (b *Boot) spawn(link, words *os.File, confine *handover.Confine) (process, error) {
	cfg := spawn.Config{Program: b.keeper.Now().Program, Directory: b.cfg.Storage, Link: link, Errors: words, Measurements: b.measurements()}
	child, err := b.launch(cfg)
	if err != nil && b.cfg.Namespaces == "if-permitted" && spawn.Refused(err) {
		b.log.Warn("this machine permits no namespaces")
		cfg.Without = true
		confine.UserNamespace = false
		return b.launch(cfg)
	}
	return child, err
}

func (b *Boot) launch(cfg spawn.Config) (process, error) {
	if b.machines != nil {
		return b.machines.Start(cfg)
	}
	return spawn.Start(cfg)
}

// guestUser is the kernel's user in a virtual machine, where there is no other. It
// is the same on all machines, since the disk remembers it.
const guestUser = 1000

func (b *Boot) confine() handover.Confine {
	c := handover.Confine{UserNamespace: spawn.UserNamespace(), KillOnForbidden: b.cfg.ForbiddenCall == "kill"}
	switch {
	case b.machines != nil:
		c.UserNamespace, c.UID, c.GID = false, guestUser, guestUser
	case !c.UserNamespace:
		c.UID, c.GID = b.cfg.KernelUID, b.cfg.KernelGID
	}
	return c
}

// readyWithin is what a kernel gets to become ready.
func (b *Boot) readyWithin() time.Duration {
	if b.machines != nil {
		return emulatedReadyWithin
	}
	return readyWithin
}
