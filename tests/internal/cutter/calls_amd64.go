//go:build linux

package cutter

import "golang.org/x/sys/unix"

// addOldCalls adds what newer architectures have no more.
func addOldCalls(c map[uint64]call) {
	c[unix.SYS_RENAME] = call{"rename", Durable, 1}
}
