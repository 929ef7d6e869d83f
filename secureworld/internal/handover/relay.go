package handover

import "os"

// Relay is the kernel's end in the hands of who passes messages on: a kernel in a
// virtual machine has its own handover inside.
type Relay struct{ wire *wire }

// NewRelay takes the kernel's end that Pair made, and closes the file.
func NewRelay(f *os.File) (*Relay, error) {
	w, err := newWire(f, true)
	if err != nil {
		return nil, err
	}
	return &Relay{w}, nil
}

// Receive waits for boot's next message. The descriptor is the caller's.
func (r *Relay) Receive() (Message, *os.File, error) { return r.wire.receive() }

// Send sends boot a message of the kernel, with a file where the drawing has one.
func (r *Relay) Send(m Message, file *os.File) error { return r.wire.send(m, file) }

// Close ends the session.
func (r *Relay) Close() error { return r.wire.conn.Close() }

// Furnished tells which messages come with a sealed memory file.
func Furnished(m Message) bool {
	return carriesDescriptor(m.kind()) && m.kind() != TypeConnected && m.kind() != TypeRing
}
