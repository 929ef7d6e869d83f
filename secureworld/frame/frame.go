// Package frame carries the messages of the secure world's doors: a bounded
// frame on a stream, and a fixed layout for the fields within.
//
// A frame is
//
//	byte 0    version (1)
//	byte 1    kind, the door's message number
//	byte 2-3  length of the body, big endian
//	byte 4-   body
//
// A body is the message's fields in order, each of fixed width and big endian:
// numbers in their own width, booleans as 00 or 01, byte arrays as they are. A
// byte slice is two bytes of length and then the bytes, limited by the field's
// tag `max:"n"`. There is one encoding for every value, nothing optional and
// nothing negotiated, so what parses encodes to the same bytes.
//
// The doors and both of their ends may import it. It must never hold a key, and
// account data only as the ciphertext that a body carries.
package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Version is the first byte of every frame.
const Version = 1

const headerSize = 4

// MaxBody is what the length field can say; each door sets a smaller limit.
const MaxBody = 1<<16 - 1

// Errors of framing. After any of them the stream is desynchronised and must be
// closed.
var (
	ErrVersion = errors.New("frame: unknown version")
	ErrTooLong = errors.New("frame: body over the door's limit")
)

// Read reads one frame whose body is at most limit bytes. A peer that sends
// half a frame holds it up until the deadline of the stream.
func Read(r io.Reader, limit int) (kind byte, body []byte, err error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return 0, nil, err
	}
	if h[0] != Version {
		return 0, nil, ErrVersion
	}
	n := int(binary.BigEndian.Uint16(h[2:]))
	if n > limit {
		return 0, nil, ErrTooLong
	}
	body = make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return 0, nil, fmt.Errorf("frame: reading the body: %w", cutShort(err))
	}
	return h[1], body, nil
}

// ReadInto is Read with the body in room, whose length, at least that of a header, is
// the limit. The next call overwrites it.
func ReadInto(r io.Reader, room []byte) (kind byte, body []byte, err error) {
	h := room[:headerSize]
	if _, err := io.ReadFull(r, h); err != nil {
		return 0, nil, err
	}
	if h[0] != Version {
		return 0, nil, ErrVersion
	}
	kind = h[1]
	n := int(binary.BigEndian.Uint16(h[2:]))
	if n > len(room) {
		return 0, nil, ErrTooLong
	}
	if _, err := io.ReadFull(r, room[:n]); err != nil {
		return 0, nil, fmt.Errorf("frame: reading the body: %w", cutShort(err))
	}
	return kind, room[:n], nil
}

// cutShort tells a stream that ends inside a frame from one that ends between
// two, which is the only place for io.EOF.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Write sends one frame in one call.
func Write(w io.Writer, kind byte, body []byte) error {
	if len(body) > MaxBody {
		return ErrTooLong
	}
	b := make([]byte, headerSize, headerSize+len(body))
	b[0], b[1] = Version, kind
	binary.BigEndian.PutUint16(b[2:], uint16(len(body)))
	_, err := w.Write(append(b, body...))
	return err
}

// WriteAnswer sends one frame in one call, as Write does, without a buffer of its own:
// b has three bytes that are overwritten, the kind, and the body.
func WriteAnswer(w io.Writer, b []byte) error {
	n := len(b) - headerSize
	if n > MaxBody {
		return ErrTooLong
	}
	b[0], b[1] = Version, b[headerSize-1]
	binary.BigEndian.PutUint16(b[2:], uint16(n))
	_, err := w.Write(b)
	return err
}

// Send encodes message and writes it as one frame.
func Send(w io.Writer, kind byte, message any) error {
	body, err := Append(nil, message)
	if err != nil {
		return err
	}
	return Write(w, kind, body)
}
