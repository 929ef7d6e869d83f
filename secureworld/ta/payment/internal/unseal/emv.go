package unseal

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// EMV is the data of the transaction at the card: primitive objects, each tag
// once, none of them account data. Values lie in the envelope's plaintext.
type EMV struct{ list tlv.List }

// Value returns the value of a tag.
func (e EMV) Value(tag tlv.Tag) ([]byte, bool) {
	found, ok := e.list.Top(tag)
	return found.Value, ok
}

// Is reports whether the tag is there with exactly this value.
func (e EMV) Is(tag tlv.Tag, want []byte) bool {
	v, ok := e.Value(tag)
	return ok && bytes.Equal(v, want)
}

func parseEMV(b []byte) (EMV, error) {
	list, err := tlv.Parse(b)
	if err != nil {
		return EMV{}, ErrContents
	}
	for i, el := range list {
		_, twice := list[:i].Top(el.Tag)
		if twice || el.Tag.Constructed() || isAccountData(el.Tag) {
			return EMV{}, ErrContents
		}
	}
	return EMV{list}, nil
}

// isAccountData names what belongs into the envelope's other part alone. A
// reader that puts it here is broken, so nothing of this envelope is used.
func isAccountData(tag tlv.Tag) bool {
	switch tag {
	case tlv.Tag57Track2EquivalentData, tlv.Tag5APAN, tlv.Tag5F20CardholderName,
		tlv.Tag5F24ApplicationExpirationDate, tlv.Tag9F1FTrack1DiscretionaryData,
		tlv.Tag9F20Track2DiscretionaryData,
		0x56,   // track 1 data (EMV contactless, kernel 2)
		0x9F6B: // track 2 data (the same)
		return true
	}
	return false
}
