package tpmpipe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Kind is the first byte of a message.
type Kind byte

// Kinds.
const (
	KindStarted  Kind = 0x01
	KindQuote    Kind = 0x02
	KindSeal     Kind = 0x03
	KindUnseal   Kind = 0x04
	KindDone     Kind = 0x81
	KindQuoted   Kind = 0x82
	KindFailed   Kind = 0x83
	KindSealed   Kind = 0x84
	KindUnsealed Kind = 0x85
)

// Message is one of the types below.
type Message interface{ kind() Kind }

// The messages, as the package comment draws them. Unsealed has the only copy of its
// secret, for the receiver to clear.
type (
	Started  struct{ Boot, Kernel [32]byte }
	Quote    struct{ Digest [32]byte }
	Seal     struct{}
	Unseal   struct{ Sealed []byte }
	Done     struct{}
	Quoted   struct{ Quote []byte }
	Failed   struct{ Fault Fault }
	Sealed   struct{ Sealed []byte }
	Unsealed struct{ Secret []byte }
)

func (Started) kind() Kind  { return KindStarted }
func (Quote) kind() Kind    { return KindQuote }
func (Seal) kind() Kind     { return KindSeal }
func (Unseal) kind() Kind   { return KindUnseal }
func (Done) kind() Kind     { return KindDone }
func (Quoted) kind() Kind   { return KindQuoted }
func (Failed) kind() Kind   { return KindFailed }
func (Sealed) kind() Kind   { return KindSealed }
func (Unsealed) kind() Kind { return KindUnsealed }

// ErrMalformed reports what is no message.
var ErrMalformed = errors.New("tpmpipe: malformed")

// Encode lays kind and fields out.
func Encode(m Message) ([]byte, error) {
	b := append(make([]byte, 0, maxFrame), byte(m.kind())) // never grown: no copy of a secret is left
	switch m := m.(type) {
	case Started:
		b = append(append(b, m.Boot[:]...), m.Kernel[:]...)
	case Quote:
		b = append(b, m.Digest[:]...)
	case Quoted:
		b = append(b, m.Quote...)
	case Unseal:
		b = append(b, m.Sealed...)
	case Sealed:
		b = append(b, m.Sealed...)
	case Unsealed:
		b = append(b, m.Secret...)
	case Failed:
		b = append(b, byte(m.Fault))
	}
	if _, err := Parse(b); err != nil {
		return nil, err
	}
	return b, nil
}

// Parse reads kind and fields. What it accepts encodes to the same bytes; those that
// have no fixed length stay where they are.
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
		return Quoted{f}, nil
	case k == KindSeal && len(f) == 0:
		return Seal{}, nil
	case k == KindUnseal && len(f) > 0 && len(f) <= MaxSealed:
		return Unseal{f}, nil
	case k == KindSealed && len(f) > 0 && len(f) <= MaxSealed:
		return Sealed{f}, nil
	case k == KindUnsealed && len(f) == SecretSize:
		return Unsealed{f}, nil
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
	frame := append(binary.BigEndian.AppendUint16(make([]byte, 0, 2+maxFrame), uint16(len(b))), b...)
	_, err = w.Write(frame)
	clear(b)
	clear(frame)
	if err != nil {
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
