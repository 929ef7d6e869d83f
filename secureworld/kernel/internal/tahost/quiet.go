package tahost

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// CheckPreemption refuses to go on unless GODEBUG=asyncpreemptoff=1 was in the
// environment at start. Go preempts by a signal whose frame saves the vector
// registers in ordinary memory, account data among them (measured).
func CheckPreemption() error {
	if lastSetting(os.Getenv("GODEBUG"), "asyncpreemptoff") != "1" {
		return errors.New("asynchronous preemption is on: GODEBUG=asyncpreemptoff=1 must be set at start")
	}
	return nil
}

// lastSetting reads GODEBUG as the runtime does: the last one counts.
func lastSetting(godebug, name string) (value string) {
	for setting := range strings.SplitSeq(godebug, ",") {
		if v, ok := strings.CutPrefix(setting, name+"="); ok {
			value = v
		}
	}
	return value
}

// onQuietThread runs f on a thread that takes no signal from outside, for the
// same reason. Faults of the thread itself stay deliverable: blocked, they would
// kill the kernel in place of being told.
func onQuietThread(f func() error) (err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.Sigset_t
	quiet := allButFaults()
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &quiet, &before); err != nil {
		return fmt.Errorf("block signals: %w", err)
	}
	defer func() { err = errors.Join(err, unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)) }()
	return f()
}

func allButFaults() unix.Sigset_t {
	var set unix.Sigset_t
	for i := range set.Val {
		set.Val[i] = ^set.Val[i]
	}
	for _, fault := range []unix.Signal{unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, unix.SIGTRAP, unix.SIGSYS} {
		set.Val[0] &^= 1 << (uint(fault) - 1)
	}
	return set
}
