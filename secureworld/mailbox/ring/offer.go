//go:build linux

package ring

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Offer is a session's socket with memory that the peer may ask for. It is the
// kernel's end.
type Offer struct {
	*net.UnixConn
	memory *os.File
}

// NewOffer owns both.
func NewOffer(socket *net.UnixConn, memory *os.File) *Offer { return &Offer{socket, memory} }

// Map maps the memory, once; with its error nothing has been said to the peer, and
// the socket goes on.
func (o *Offer) Map() (*Mapped, error) {
	memory, err := attach(o.memory)
	if err != nil {
		return nil, err
	}
	return &Mapped{o, memory}, nil
}

// Mapped is memory that the peer does not have yet.
type Mapped struct {
	offer  *Offer
	memory []byte
}

// Give sends answer and the memory over the socket, which then is the session's life
// alone. It owns what is mapped.
func (m *Mapped) Give(answer []byte) (*Conn, error) {
	o := m.offer
	_, _, err := o.WriteMsgUnix(answer, unix.UnixRights(int(o.memory.Fd())), nil)
	if err = errors.Join(err, o.memory.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("ring: give: %w", err), unix.Munmap(m.memory))
	}
	return newConn(o.UnixConn, m.memory, questions(m.memory), answers(m.memory), true), nil
}

// Close lets go of what was mapped and not given.
func (m *Mapped) Close() error { return unix.Munmap(m.memory) }

// Close ends the socket and lets go of the memory.
func (o *Offer) Close() error {
	_ = o.memory.Close() // given away already, perhaps
	return o.UnixConn.Close()
}
