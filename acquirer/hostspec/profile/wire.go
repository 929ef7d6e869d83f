package profile

import (
	"io"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

// Account data of ISO 8583:1987, which this link's own messages never have.
const (
	FieldPAN    = 2
	FieldExpiry = 14
	FieldTrack2 = 35
)

// carried are hostspec's, and the account data.
func carried() []hostspec.Field {
	return append([]hostspec.Field{
		{Number: FieldPAN, Name: "primary account number", Kind: hostspec.Numeric, Length: 19, Varying: true},
		{Number: FieldExpiry, Name: "expiration date", Kind: hostspec.Numeric, Length: 4},
		{Number: FieldTrack2, Name: "track 2 data", Kind: hostspec.Text, Length: 37, Varying: true},
	}, hostspec.Fields()...)
}

// Has reports whether the profile can write all these fields.
func (p *Profile) Has(numbers ...int) bool {
	for _, n := range numbers {
		if _, has := p.byOurs[n]; !has {
			return false
		}
	}
	return true
}

// ReadWire reads one message with its prefix, as Unpack takes it, or nothing where the
// prefix says zero. ErrUnpack: the profile has no prefix, or the stream is out of step
// and must be closed.
func (p *Profile) ReadWire(r io.Reader) ([]byte, error) {
	if p.Prefix.Size == 0 {
		return nil, ErrUnpack
	}
	prefix := make([]byte, p.Prefix.width())
	if _, err := io.ReadFull(r, prefix); err != nil {
		return nil, err
	}
	n, _, ok := p.Prefix.read(prefix)
	if !ok || n > maxWire {
		return nil, ErrUnpack
	}
	if n == 0 {
		return nil, nil
	}
	wire := append(prefix, make([]byte, n)...)
	_, err := io.ReadFull(r, wire[len(prefix):])
	return wire, err
}
