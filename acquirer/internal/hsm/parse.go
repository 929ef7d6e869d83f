package hsm

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const (
	minPAN = 12 // digits; ISO 9564-1 format 4 asks for as many
	maxPAN = 19 // ISO/IEC 7812-1
)

// parseAccount reads what a terminal sealed: 57, or 5A and 5F24, or all; 5F34
// where the card has one.
func parseAccount(b []byte) (*Account, error) {
	list, err := tlv.Parse(b)
	if err != nil {
		return nil, ErrAccount
	}
	track, _ := list.Top(tlv.Tag57Track2EquivalentData)
	field, _ := list.Top(tlv.Tag5APAN)
	date, _ := list.Top(tlv.Tag5F24ApplicationExpirationDate)
	sequence, _ := list.Top(tlv.Tag5F34PANSequenceNumber)
	pan, ok := onePAN(track.Value, field.Value)
	expiry, dated := oneExpiry(track.Value, date.Value)
	if !ok || !dated || len(sequence.Value) > 1 {
		clear(pan)
		return nil, ErrAccount
	}
	a := newAccount(pan, expiry)
	if len(sequence.Value) == 1 {
		a.PSN = sequence.Value[0]
	}
	return a, nil
}

// onePAN reads the PAN from either object, and from both if they agree.
func onePAN(track, field []byte) (pan []byte, ok bool) {
	if len(field) > 0 {
		if pan, ok = digitsUntil(field, 0xF); !ok || !filled(field, len(pan)) {
			return pan, false
		}
	}
	if len(track) == 0 {
		return pan, ok
	}
	other, ok := digitsUntil(track, 0xD)
	if pan == nil {
		return other, ok
	}
	defer clear(other)
	return pan, ok && bytes.Equal(pan, other)
}

// digitsUntil unpacks digits up to a nibble that ends them, or to the end.
func digitsUntil(packed []byte, end byte) ([]byte, bool) {
	out := make([]byte, 0, maxPAN)
	for i := range 2 * len(packed) {
		n := nibble(packed, i)
		if n == end {
			break
		}
		if n > 9 || len(out) == maxPAN {
			return out, false
		}
		out = append(out, '0'+n)
	}
	return out, len(out) >= minPAN
}

// oneExpiry reads YYMM from 5F24, or from behind the separator of 57.
func oneExpiry(track, date []byte) (yymm [2]byte, ok bool) {
	if len(date) > 0 {
		copy(yymm[:], date)
		return yymm, len(date) == 3
	}
	for i := range 2 * len(track) {
		if nibble(track, i) != 0xD {
			continue
		}
		if 2*len(track) < i+5 {
			return yymm, false
		}
		for j := range 4 {
			yymm[j/2] = yymm[j/2]<<4 | nibble(track, i+1+j)
		}
		return yymm, true
	}
	return yymm, false
}

func nibble(b []byte, i int) byte { return b[i/2] >> (4 * (1 - i%2)) & 0x0F }

// filled reports whether only F follows.
func filled(b []byte, from int) bool {
	for i := from; i < 2*len(b); i++ {
		if nibble(b, i) != 0x0F {
			return false
		}
	}
	return true
}
