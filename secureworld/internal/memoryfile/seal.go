//go:build linux

// Package memoryfile seals memory files (memfd_create(2)). Every program of the secure
// world and its operator's command may import it. It holds nothing.
package memoryfile

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// patience with who holds a page: Linux itself waits 0.2 s, which was too short on
	// a machine whose memory is watched (DAMON) and whose cores are taken.
	patience = 10 * time.Second
	pause    = 5 * time.Millisecond
)

// Seal adds seals (fcntl(2), F_SEAL_…) to a memory file. F_SEAL_WRITE is refused with
// EBUSY as long as anybody holds one of its pages, be it Linux in passing: such a
// refusal is asked again, for 10 s.
func Seal(f *os.File, seals int) error { return seal(f, seals, patience) }

func seal(f *os.File, seals int, patience time.Duration) error {
	for end := time.Now().Add(patience); ; time.Sleep(pause) {
		_, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, seals)
		if !errors.Is(err, unix.EBUSY) || time.Now().After(end) {
			return err
		}
	}
}
