package sandbox

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Denial is one thing that the kernel must not be able to do. Its number is its
// bit in Probe's masks.
type Denial uint

// Denials.
const (
	DenyExec Denial = iota
	DenySocket
	DenyTrace
	DenySignal
	DenyOutsideFile
	DenyParentDirectory
	DenyExecutableMemory
	DenySecretMemory
	DenyMount
	DenyIOUring
	DenyMemoryFile
	DenySocketOnEveryThread
	denials
)

func (d Denial) String() string {
	names := [...]string{
		"exec", "socket", "ptrace", "signal", "file outside", "parent directory", "executable memory",
		"new secret memory", "mount", "io_uring", "memory file", "socket on every thread",
	}
	if d >= denials {
		return "denial " + strconv.Itoa(int(d))
	}
	return names[d]
}

// AllDenials has a bit for each denial.
const AllDenials = 1<<denials - 1

// Probe tries everything that must be denied, with arguments that do no harm
// where it is not, and returns which were tried and which were denied. It belongs
// into a start of its own (handover.Confine's SelfTest); where forbidden calls
// kill, the first one ends the process, which is that start's proof.
func Probe() (tried, denied uint32) {
	for d, try := range probes() {
		tried |= 1 << d
		if try() {
			denied |= 1 << d
		}
	}
	return tried, denied
}

func probes() map[Denial]func() bool {
	return map[Denial]func() bool{
		DenyExec:                func() bool { return forbidden(unix.SYS_EXECVE, 0, 0, 0) },
		DenySocket:              socketDenied,
		DenyTrace:               func() bool { return forbidden(unix.SYS_PTRACE, unix.PTRACE_PEEKDATA, 0, 0) },
		DenySignal:              func() bool { return forbidden(unix.SYS_KILL, 1<<30, 0, 0) },
		DenyOutsideFile:         func() bool { return closed("/etc/passwd") && closed("/proc/self/mem") },
		DenyParentDirectory:     func() bool { return closed(strings.Repeat("../", 64) + "etc/passwd") },
		DenyExecutableMemory:    executableDenied,
		DenySecretMemory:        func() bool { return forbidden(unix.SYS_MEMFD_SECRET, 0, 0, 0) },
		DenyMount:               func() bool { return forbidden(unix.SYS_MOUNT, 0, 0, 0) },
		DenyIOUring:             func() bool { return forbidden(unix.SYS_IO_URING_SETUP, 0, 0, 0) },
		DenyMemoryFile:          func() bool { return forbidden(unix.SYS_MEMFD_CREATE, 0, 0, 0) },
		DenySocketOnEveryThread: everyThread,
	}
}

func forbidden(call, a, b, c uintptr) bool {
	_, _, errno := unix.RawSyscall(call, a, b, c)
	return errno == unix.EPERM
}

func socketDenied() bool {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err == nil {
		_ = unix.Close(fd)
	}
	return errors.Is(err, unix.EPERM)
}

func closed(path string) bool {
	f, err := os.Open(path)
	if err == nil {
		_ = f.Close()
	}
	return err != nil
}

func executableDenied() bool {
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err == nil {
		_ = unix.Munmap(page)
	}
	return errors.Is(err, unix.EPERM)
}

// everyThread asks on several threads at once, older ones among them: a filter
// on one thread alone is no filter.
func everyThread() bool {
	const threads = 16
	var wait, together sync.WaitGroup
	together.Add(threads)
	results := make(chan bool, threads)
	for range threads {
		wait.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			together.Done()
			together.Wait()
			results <- socketDenied()
		})
	}
	wait.Wait()
	for range threads {
		if !<-results {
			return false
		}
	}
	return true
}
