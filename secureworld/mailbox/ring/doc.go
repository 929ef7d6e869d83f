// Package ring carries the byte stream of one mailbox session in memory that both
// worlds share, beside the socket of that session. What is in the stream is package
// mailbox's business, and the same as on a socket.
//
// Boot makes the memory with each connection that it measured, and hands it to the
// kernel; the kernel gives it to the app world over the session's socket when it is
// asked. The kernel never takes a descriptor from the app world. The memory is a
// memory file of its own for each session, sealed against shrinking, growing and
// further seals, so that no access can fail; nothing in it is a pointer, a length or
// a descriptor.
//
//	offset   written by   what (each index on two cache lines of its own)
//	0x0000   nobody
//	0x0080   app world    questions: bytes written (4), waits for room (4)
//	0x0100   kernel       questions: bytes read (4), waits for bytes (4)
//	0x0180   kernel       answers: bytes written (4), waits for room (4)
//	0x0200   app world    answers: bytes read (4), waits for bytes (4)
//	0x1000   app world    questions: 16 KiB, at bytes written modulo 16 KiB
//	0x5000   kernel       answers: 16 KiB
//	0x9000   end
//
// Numbers are in the machine's own order and count from 0 without end, modulo 2^32.
// Size and layout are fixed here; the memory says nothing about itself, since what it
// said could be changed later. The doorbell is a futex on the peer's number: who
// waits for bytes waits for "bytes written" to change, who waits for room for "bytes
// read", and says so beside its own number, so that nobody rings where nobody
// sleeps. Waiting begins with looking for some microseconds, and then sleeps.
//
// The socket stays open and is the session's life: its end in one direction is the
// end of the stream in that direction, its end is the end of the session, and a byte
// on it is a fault.
//
// What a hostile peer can do. It can write anything anywhere at any time. The numbers
// that an end itself has written it keeps in its own memory and never reads back. The
// peer's number is fetched once for each look and must lie between the last one that
// was seen and what is possible; else the session ends (ErrPeer). Bytes are copied
// out once, to where the peer cannot reach, before anybody looks at them, and what
// was copied is never fetched again. A peer that says that it waits where it does not
// costs a system call; one that does not say it sleeps on. One that rings without
// having written is bounded (ErrPeer), and one that writes half a frame, or leaves no
// room for an answer, meets the session's deadlines as on a socket. All of this ends
// its own session, for each has its own memory.
//
// Mailbox (for the app world), the kernel's monitor and boot import it; boot only
// makes memory. It must never hold account data, as nothing in the mailbox does.
package ring
