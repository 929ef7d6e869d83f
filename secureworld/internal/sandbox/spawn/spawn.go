// Package spawn is boot's side of the sandbox: it starts verified bytes as a
// process in namespaces of its own, with nothing inherited but what is listed.
//
// Only boot imports it.
package spawn

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox"
)

// Config of one start.
type Config struct {
	// Program is a sealed memory file (MemoryFile): never a path.
	Program *os.File
	// Directory becomes the process's whole file system: its storage.
	Directory string
	// Link becomes descriptor 3, Errors descriptor 2. The caller closes both.
	Link, Errors *os.File
	// Measurements is what boot measured (sandbox.Measurements), told through the
	// environment: nobody but boot can write it.
	Measurements string
	// Isolation is told in the same way (sandbox.Isolation); empty for a process of
	// the machine itself.
	Isolation string
	// Without starts in boot's own namespaces, where the machine permits no other.
	Without bool
}

// namespaces of the kernel; a user namespace comes on top where boot is not root.
const namespaces = unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

// environment is all of it. Preemption signals would save registers in ordinary
// memory; naming mappings would take prctl; a crash prints no values of callers.
func environment(cfg Config) []string {
	return []string{
		"GODEBUG=asyncpreemptoff=1,decoratemappings=0",
		"GOTRACEBACK=single",
		sandbox.NamespacesVariable + "=" + sandbox.Namespaces(),
		sandbox.MeasurementsVariable + "=" + cfg.Measurements,
		sandbox.IsolationVariable + "=" + cfg.Isolation,
	}
}

// UserNamespace tells whether Start makes one.
func UserNamespace() bool { return os.Geteuid() != 0 }

// Child is a started process.
type Child struct {
	process *os.Process
	done    chan struct{}
	state   *os.ProcessState
}

// Start starts the program and waits for it in the background. The process dies
// with this one.
func Start(cfg Config) (*Child, error) {
	return Launch(func() (*os.Process, error) { return start(cfg) })
}

// Launch does the same with what start starts, with Attributes.
func Launch(start func() (*os.Process, error)) (*Child, error) {
	child := &Child{done: make(chan struct{})}
	started := make(chan error, 1)
	go child.run(start, started)
	if err := <-started; err != nil {
		return nil, err
	}
	return child, nil
}

// run keeps its thread until the process has ended, because Pdeathsig follows
// the thread that started it.
func (c *Child) run(start func() (*os.Process, error), started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	process, err := start()
	if err != nil {
		started <- fmt.Errorf("start kernel: %w", err)
		return
	}
	c.process = process
	started <- nil
	c.state, _ = process.Wait()
	close(c.done)
}

func start(cfg Config) (*os.Process, error) {
	// The number is far above those that the child gets, or making descriptor 3
	// would put another file in the program's place.
	number, err := unix.FcntlInt(cfg.Program.Fd(), unix.F_DUPFD_CLOEXEC, 100)
	if err != nil {
		return nil, err
	}
	defer unix.Close(number)
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	return os.StartProcess(fmt.Sprintf("/proc/self/fd/%d", number), []string{"strongroom-kernel"}, &os.ProcAttr{
		Dir:   cfg.Directory,
		Env:   environment(cfg),
		Files: []*os.File{null, null, cfg.Errors, cfg.Link},
		Sys:   Attributes(cfg.Without),
	})
}

// Attributes put a process into namespaces of its own, where it may have any.
func Attributes(without bool) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setsid: true}
	if without {
		return a
	}
	a.Cloneflags = namespaces
	if UserNamespace() {
		a.Cloneflags |= unix.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
		a.Credential = &syscall.Credential{NoSetGroups: true}
	}
	return a
}

// Refused tells whether an error of Start means that the machine permits no
// namespaces, as a container's default profile does.
func Refused(err error) bool {
	return errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSPC)
}

// Done is closed when the process has ended; State is set then.
func (c *Child) Done() <-chan struct{} { return c.done }

// State says how it ended.
func (c *Child) State() *os.ProcessState { return c.state }

// Status says how it ended, as wait(2) does.
func (c *Child) Status() syscall.WaitStatus {
	status, _ := c.state.Sys().(syscall.WaitStatus)
	return status
}

// PID in boot's namespace.
func (c *Child) PID() int { return c.process.Pid }

// Kill ends it, and with it everything in its pid namespace.
func (c *Child) Kill() { _ = c.process.Kill() }
