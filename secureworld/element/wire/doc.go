// Package wire carries frames of package frame over the sockets between clients, MCUs
// and members, where many small programs hand a frame on: what a frame costs there is
// mostly the kernel's and the scheduler's.
//
// A Conn reads what the socket has in one call, header and body and the next frame too,
// and writes a frame in one call. Its calls do not block, so they are made without the
// runtime's preparations for one that does: those wake a thread that looks after
// programs under way, which then runs 50 times a millisecond for as long as frames come.
//
// Members, MCUs and clients import it. It keeps what was read until the next frame is:
// it is for sealed frames, never for what is in clear.
package wire
