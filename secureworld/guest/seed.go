//go:build linux

package main

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/internal/carrier"
)

// feed gives the random generator its seed, and counts it: whoever is outside
// reads the guest's memory anyway.
func feed(seed [carrier.SeedSize]byte) error {
	f, err := os.OpenFile("/dev/random", os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	// struct rand_pool_info (linux/random.h)
	info := struct {
		bits, size int32
		seed       [carrier.SeedSize]byte
	}{8 * carrier.SeedSize, carrier.SeedSize, seed}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), unix.RNDADDENTROPY, uintptr(unsafe.Pointer(&info))); errno != 0 {
		return fmt.Errorf("feed the random generator: %w", errno)
	}
	return nil
}
