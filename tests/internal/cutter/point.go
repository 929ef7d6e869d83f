//go:build linux

// Package cutter kills a running, unmodified process exactly where it is about to
// make something durable or to send something, or where it just has.
//
// It counts points by ptrace(2), from outside: the entry into and the return from
// each fsync, fdatasync and rename, and each write to a socket. A process
// that is killed at an entry has not done the call, since a fatal signal at a
// system-call-entry stop makes the machine skip it; one that is killed at a
// return has done it and nothing after it in that thread.
//
// Other threads run until the signal reaches them, as with any kill. A process
// that is killed keeps what it wrote without a sync (the page cache lives on):
// power failures are the simulation's part, not this package's.
//
// Root traces what is not dumpable and what is pid 1 of its own namespace. The
// tracer is a process of its own, because a parent that traces its own child
// steals the child's stops from os/exec: main or TestMain must call RunIfTracer
// before anything else.
//
// Tests only. It reads no memory of a process but the paths given to rename.
package cutter

import "fmt"

// Kind is what a point does.
type Kind string

// Kinds.
const (
	Durable Kind = "durable" // fsync, fdatasync, rename, renameat, renameat2
	Send    Kind = "send"    // write, writev, pwrite64, sendto, sendmsg, sendmmsg to a socket
)

// Side is where in a call a point lies.
type Side string

// Sides.
const (
	Before Side = "before"
	After  Side = "after"
)

// Point is a place in a process's life, numbered from 1 among the calls of its
// kind to its target since tracing began. Numbers by target, and not over all,
// are the same from run to run even where threads race.
type Point struct {
	Process string `json:"process"`
	Kind    Kind   `json:"kind"`
	Call    string `json:"call"`
	Target  string `json:"target"` // name of the file, or of the socket's other end
	N       int    `json:"n"`
	Side    Side   `json:"side"`
}

// String gives "kernel: fsync journal #3, before".
func (p Point) String() string {
	return fmt.Sprintf("%s: %s %s #%d, %s", p.Process, p.Call, p.Target, p.N, p.Side)
}

// same reports whether the two name the same place; the call may differ, as
// between write and writev.
func (p Point) same(q Point) bool {
	return p.Kind == q.Kind && p.Target == q.Target && p.N == q.N && p.Side == q.Side
}

// Process is what is traced.
type Process struct {
	Name string `json:"name"`
	PID  int    `json:"pid"`

	// Victim is the process that is killed where another than this one is to die
	// while this one stands at the point; 0 is this one itself.
	Victim int `json:"victim,omitempty"`

	// Addresses names sockets by an address of either end, host:port or a path.
	// Others are named by their kind and, on Unix sockets, their file.
	Addresses map[string]string `json:"addresses,omitempty"`
}
