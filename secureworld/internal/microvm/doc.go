// Package microvm is isolation level vm: it runs the kernel, from the same verified
// bytes, under an operating-system kernel of its own in a small virtual machine
// (QEMU), and carries its handover and its doors through ports (package carrier).
// To boot it looks like package spawn.
//
//	boot ── handover ──┐                 ┌── handover ── kernel
//	                   carrier ═ port ═ guest            (sandboxed as ever)
//	sockets of a door ─┘  one port each  └── socket pairs
//
// The machine has a disk, five ports and nothing else: no network, no display, no
// monitor, no other device. QEMU runs in namespaces of its own, with an empty root
// and a user of its own where boot is root, under its own system call filter, and
// knows nothing but open files. Linux, its modules and the guest are held against
// the digests in boot's configuration and start from the bytes that were compared.
//
// KVM is used where it works, which only a start shows: the machine's processor is
// emulated otherwise, and the reason told.
//
// BUG(guest memory): the guest's memory is ordinary memory of QEMU. Root on the
// machine can read it, the guest's secret memory included: this level puts an
// operating system between the app world and the kernel and does not hide the
// kernel from root.
//
// Where boot is root, QEMU changes its user, which ends Linux's promise to kill it
// with its parent; so a process of boot's own program holds it (spawn.Hold), and the
// machine, its disk's lock included, is gone with boot.
//
// BUG(no namespaces): where root may make no namespaces, nobody holds QEMU. A machine
// whose boot was killed then ends because its guest finds the ports closed, and one
// whose guest hangs stays until somebody kills it.
//
// BUG(guest system): Linux and the guest are bound by boot's configuration, which
// belongs to root, not by the manufacturer's signature.
//
// Boot imports it.
package microvm
