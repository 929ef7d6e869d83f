package program

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// harden keeps the memory of this process from core files and from other
// processes of its user. What root does is not stopped.
func harden() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("making the process not dumpable: %w", err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("turning off core files: %w", err)
	}
	return nil
}
