// Package ring holds sessions of the mailbox in shared memory to what the design
// says, over the real boot and kernel in its sandbox.
package ring
