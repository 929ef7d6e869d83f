package tpmpipe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Kind is the first byte of a message.
type Kind byte

// Kinds.
const (
	KindStarted Kind = 0x01
	KindQuote   Kind = 0x02
	KindDone    Kind = 0x81
	KindQuoted  Kind = 0x82
	KindFailed  Kind = 0x83
)

// Message is one of the types below.
type Message interface{ kind() Kind }

// The messages, as the package comment draws them.
type (
	Started struct{ Boot, Kernel [32]byte }
	Quote   struct{ Digest [32]byte }
	Done    struct{}
	Quoted  struct{ Quote []byte }
	Failed  struct{ Fault Fault }
)

func (Started) kind() Kind { return KindStarted }
func (Quote) kind() Kind   { return KindQuote }
func (Done) kind() Kind    { return KindDone }
func (Quoted) kind() Kind  { return KindQuoted }
func (Failed) kind() Kind  { return KindFailed }

// ErrMalformed reports what is no message.
var ErrMalformed = errors.New("tpmpipe: malformed")

// Encode lays kind and fields out.
func Encode(m Message) ([]byte, error) {
	b := []byte{byte(m.kind())}
	switch m := m.(type) {
	case Started:
		b = slices.Concat(b, m.Boot[:], m.Kernel[:])
	case Quote:
		b = append(b, m.Digest[:]...)
	case Quoted:
		b = append(b, m.Quote...)
	case Failed:
		b = append(b, byte(m.Fault))
	}
	if _, err := Parse(b); err != nil {
		return nil, err
	}
	return b, nil
}

// Parse reads kind and fields. What it accepts encodes to the same bytes.
func Parse(b []byte) (Message, error) {
	if len(b) == 0 || len(b) > maxFrame {
		return nil, ErrMalformed
	}
	f := b[1:]
	switch k := Kind(b[0]); {
	case k == KindStarted && len(f) == 64:
		return Started{[32]byte(f), [32]byte(f[32:])}, nil
	case k == KindQuote && len(f) == 32:
		return Quote{[32]byte(f)}, nil
	case k == KindDone && len(f) == 0:
		return Done{}, nil
	case k == KindQuoted && len(f) > 0:
		return Quoted{slices.Clone(f)}, nil
	case k == KindFailed && len(f) == 1 && Fault(f[0]).Valid():
		return Failed{Fault(f[0])}, nil
	}
	return nil, ErrMalformed
}

// Write writes one message with its length.
func Write(w io.Writer, m Message) error {
	b, err := Encode(m)
	if err != nil {
		return err
	}
	if _, err := w.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)); err != nil {
		return fmt.Errorf("tpmpipe: write: %w", err)
	}
	return nil
}

// Read reads one message. The error is io.EOF where the other end closed between two.
func Read(r io.Reader) (Message, error) {
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err //nolint:wrapcheck // io.EOF as it is
	}
	n := binary.BigEndian.Uint16(length[:])
	if n == 0 || n > maxFrame {
		return nil, ErrMalformed
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("tpmpipe: read: %w", err)
	}
	return Parse(b)
}
