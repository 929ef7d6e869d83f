package handover

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Boot is boot's end.
type Boot struct{ wire *wire }

// Pair makes boot's end and the descriptor for the kernel.
func Pair() (*Boot, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("handover: make socket pair: %w", err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "kernel's end")
	w, err := newWire(os.NewFile(uintptr(fds[0]), "boot's end"), false)
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return &Boot{wire: w}, theirs, nil
}

// Send sends a message, with a descriptor where the drawing has one; the caller
// keeps and closes file. It refuses what the permit table refuses.
func (b *Boot) Send(m Message, file *os.File) error { return b.wire.send(m, file) }

// Receive waits for the kernel's next message. Any error ends the session.
func (b *Boot) Receive() (Message, error) {
	m, file, err := b.ReceiveWith()
	if file != nil {
		_ = file.Close() // nobody wants it
	}
	return m, err
}

// ReceiveWith does the same for who wants what comes with a message: machine code, in
// a memory file that is sealed and no larger than MaxCompiled. The file is the
// caller's.
func (b *Boot) ReceiveWith() (Message, *os.File, error) {
	m, file, err := b.wire.receive()
	if err != nil || file == nil {
		return m, nil, err
	}
	if info, err := file.Stat(); err != nil || info.Size() > MaxCompiled || checkSealed(file) != nil {
		_ = file.Close() // refused
		return nil, nil, errMalformed
	}
	return m, file, nil
}

// Close ends the session; the kernel then ends itself.
func (b *Boot) Close() error { return b.wire.conn.Close() }
