// Package hostframe carries messages of the host link on a stream: two bytes of
// length, big endian, and the message (see package hostspec). A length of zero
// is a keep-alive and nothing else.
//
// It is the standard library alone. The kernel's host link and the gateway
// import it. It holds no key and looks into no message.
package hostframe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

const headerSize = 2

// ErrTooLong reports a frame over hostspec.MaxMessage. The stream is
// desynchronised then and must be closed.
var ErrTooLong = errors.New("hostframe: message over the limit")

// Read reads one frame. A keep-alive is an empty slice and no error; io.EOF says
// that the peer closed between two frames. A peer that stops within a frame
// holds Read up until the deadline of the stream.
func Read(r io.Reader) ([]byte, error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(h[:]))
	if n > hostspec.MaxMessage {
		return nil, ErrTooLong
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("hostframe: reading the message: %w", noEOF(err))
	}
	return b, nil
}

// Write sends one frame in one call of w; an empty message is a keep-alive. The
// connection must be closed after an error: the peer may hold half a frame.
func Write(w io.Writer, message []byte) error {
	if len(message) > hostspec.MaxMessage {
		return ErrTooLong
	}
	b := make([]byte, headerSize, headerSize+len(message))
	binary.BigEndian.PutUint16(b, uint16(len(message)))
	_, err := w.Write(append(b, message...))
	return err
}

// noEOF keeps a frame that was cut off apart from a clean end.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
