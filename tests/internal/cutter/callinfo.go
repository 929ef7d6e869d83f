//go:build linux

package cutter

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// callInfo is struct ptrace_syscall_info (ptrace(2)), which is the same on every
// architecture.
type callInfo struct {
	op       uint8 // PTRACE_SYSCALL_INFO_ENTRY or _EXIT
	_        [3]byte
	arch     uint32
	ip, sp   uint64
	number   uint64    // at an entry
	args     [6]uint64 // at an entry
	returned [2]uint64 // only seccomp stops have more
}

// callOf asks in which call a stopped thread is.
func callOf(tid int) (callInfo, error) {
	var i callInfo
	size := unsafe.Sizeof(i)
	err := ptrace(unix.PTRACE_GET_SYSCALL_INFO, tid, size, uintptr(unsafe.Pointer(&i)))
	return i, err
}

// startedBy returns the thread that a stopped thread has just started.
func startedBy(tid int) (int, error) {
	var n uint64
	err := ptrace(unix.PTRACE_GETEVENTMSG, tid, 0, uintptr(unsafe.Pointer(&n)))
	return int(n), err
}

func ptrace(request, tid int, address, data uintptr) error {
	if _, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), address, data, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
