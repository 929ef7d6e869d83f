//go:build linux

package cutter

import "golang.org/x/sys/unix"

// call is what is known of a system call that makes points.
type call struct {
	name string
	kind Kind
	path int // the argument that is the new path of a rename, or -1 for a descriptor in argument 0
}

const byDescriptor = -1

// calls are those that make points. Every one of them takes its descriptor first.
func calls() map[uint64]call {
	c := map[uint64]call{
		unix.SYS_FSYNC:     {"fsync", Durable, byDescriptor},
		unix.SYS_FDATASYNC: {"fdatasync", Durable, byDescriptor},
		unix.SYS_RENAMEAT:  {"renameat", Durable, 3},
		unix.SYS_RENAMEAT2: {"renameat2", Durable, 3},
		unix.SYS_WRITE:     {"write", Send, byDescriptor},
		unix.SYS_WRITEV:    {"writev", Send, byDescriptor},
		unix.SYS_PWRITE64:  {"pwrite64", Send, byDescriptor},
		unix.SYS_SENDTO:    {"sendto", Send, byDescriptor},
		unix.SYS_SENDMSG:   {"sendmsg", Send, byDescriptor},
		unix.SYS_SENDMMSG:  {"sendmmsg", Send, byDescriptor},
	}
	addOldCalls(c)
	return c
}
