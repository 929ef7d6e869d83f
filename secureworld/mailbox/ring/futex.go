//go:build linux

package ring

import (
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Operations on a futex that processes share (linux/futex.h).
const (
	futexWait = 0
	futexWake = 1
)

// sleep sleeps while the number is what it was; at most for d, where d is not 0. It
// reports whether somebody rang, or the number was another one already.
func sleep(number *atomic.Uint32, was uint32, d time.Duration) (rang bool) {
	var limit *unix.Timespec
	if d > 0 {
		t := unix.NsecToTimespec(d.Nanoseconds())
		limit = &t
	}
	_, _, errno := unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(number)), futexWait, uintptr(was), uintptr(unsafe.Pointer(limit)), 0, 0)
	return errno == 0 || errno == unix.EAGAIN
}

// wake wakes so many of those who sleep on the number.
func wake(number *atomic.Uint32, sleepers uintptr) {
	_, _, _ = unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(number)), futexWake, sleepers, 0, 0, 0) // nobody to wake is no error
}
