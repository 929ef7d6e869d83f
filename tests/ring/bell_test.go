//go:build linux

package ring

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// bell rings where the kernel waits for questions.
func bell(memory []byte) error {
	const wake = 1 // FUTEX_WAKE
	_, _, errno := unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&memory[0x80])), wake, 1, 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
