// Package codec packs and unpacks the messages of the host link: the one place
// that builds specifications of github.com/moov-io/iso8583 from package
// hostspec.
//
// The payment application (compiled for wasip1) and the gateway import it. It
// holds no key and computes no MAC: Pack leaves room for it at the end.
//
// It must never pass on an error of the library, which quotes the raw message,
// and never log a message. hostspec.Walk checks the one canonical encoding
// before the library reads a byte.
package codec

import (
	"errors"

	"github.com/moov-io/iso8583"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

// Errors of a message; the reason stays at home because it would quote a part.
var (
	ErrPack   = errors.New("codec: message cannot be packed")
	ErrUnpack = errors.New("codec: message cannot be unpacked")
)

// Numbers of the fields that hold the MAC.
const (
	macFirst  = 64
	macSecond = 128
)

// Codec packs and unpacks messages. Any number of goroutines may use it.
type Codec struct {
	spec   *iso8583.MessageSpec
	fields map[int]hostspec.Field
}

// New builds the specification.
func New() *Codec {
	c := &Codec{spec: newSpec(), fields: make(map[int]hostspec.Field)}
	for _, f := range hostspec.Fields() {
		c.fields[f.Number] = f
	}
	return c
}

// Pack encodes m. The last hostspec.MACSize bytes of the result are the MAC
// field, DE 64 or DE 128 as needed, and zero: the caller computes the MAC over
// all that is before them and writes it there (see Split).
func (c *Codec) Pack(m *Message) ([]byte, error) {
	out := iso8583.NewMessage(c.spec)
	if len(m.MTI) != 4 || out.BinaryField(0, []byte(m.MTI)) != nil {
		return nil, ErrPack
	}
	mac := macFirst
	for number, value := range m.fields {
		if number == macFirst || number == macSecond {
			continue
		}
		if number > macFirst {
			mac = macSecond
		}
		if err := c.set(out, number, value); err != nil {
			return nil, err
		}
	}
	if out.BinaryField(mac, make([]byte, hostspec.MACSize)) != nil {
		return nil, ErrPack
	}
	b, err := out.Pack()
	if err != nil || len(b) > hostspec.MaxMessage {
		return nil, ErrPack
	}
	return b, nil
}

func (c *Codec) set(out *iso8583.Message, number int, value []byte) error {
	f, ok := c.fields[number]
	if !ok || len(value) > f.Length {
		return ErrPack
	}
	if f.Kind == hostspec.Text && !f.Varying {
		if value, ok = padded(value, f.Length); !ok {
			return ErrPack
		}
	}
	if !f.Varying && len(value) != f.Length || out.BinaryField(number, value) != nil {
		return ErrPack
	}
	return nil
}

func padded(text []byte, length int) ([]byte, bool) {
	out := make([]byte, 0, length)
	for _, ch := range text {
		if ch < 0x20 || ch > 0x7E {
			return nil, false
		}
		out = append(out, ch)
	}
	for len(out) < length {
		out = append(out, ' ')
	}
	return out, true
}

// Unpack decodes b, MAC field included. What it accepts has one encoding: packed
// again, and with the same MAC, it gives the same bytes. Values may share memory
// with b.
func (c *Codec) Unpack(b []byte) (*Message, error) {
	m := NewMessage("")
	present := make([]int, 0, len(c.fields))
	err := hostspec.Walk(b, func(f hostspec.Field, _ []byte) { present = append(present, f.Number) })
	if err != nil {
		return nil, ErrUnpack
	}
	in := iso8583.NewMessage(c.spec)
	if in.Unpack(b) != nil {
		return nil, ErrUnpack
	}
	m.MTI = hostspec.MTI(b)
	for _, number := range present {
		v, err := in.GetBytes(number)
		if err != nil {
			return nil, ErrUnpack
		}
		m.fields[number] = v
	}
	return m, nil
}

// Split cuts a packed message into what its MAC covers and the MAC.
func Split(b []byte) (body, mac []byte) {
	n := max(0, len(b)-hostspec.MACSize)
	return b[:n:n], b[n:]
}
