// Package configuration is the parameters of a demo lane: an attended, online-only
// terminal that takes chips, contactless cards of Visa and Mastercard, stripes with
// fallback, and cards that are keyed in, in euro.
//
//	contactless   below 200 euro; from 50 euro the holder is verified
//	fallback      20 stripes of chip cards in an hour, 3 of one card
//
// The operator's command and tests import it. It holds no secret.
package configuration

import (
	"bytes"
	_ "embed"
	"encoding/json"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
)

//go:embed reader.json
var reader []byte

// minBits admits the demo's own authorities, of 1408 bits.
const minBits = 1408

// Document is the demo's parameters without a version, with these schemes'
// certification authorities.
func Document(schemes []virtualcard.Scheme) parameters.Document {
	d := parameters.Document{
		Currency: "EUR", MinBits: minBits, Reader: Reader(),
		Policy: parameters.Policy{
			Interfaces: []string{parameters.InterfaceChip, parameters.InterfaceContactless, parameters.InterfaceStripe},
			Keyed:      true, FallbackPerHour: 20, FallbackPerCard: 3,
			RefundLimit: 50_00, RefundPerDay: 200_00,
		},
	}
	for _, s := range schemes {
		d.CAKeys = append(d.CAKeys, authority(s))
	}
	return d
}

// Reader is the reader's part, on one line.
func Reader() json.RawMessage {
	var line bytes.Buffer
	if json.Compact(&line, reader) != nil {
		panic("configuration: internal error: the reader's part is no JSON")
	}
	return line.Bytes()
}

// authority is a scheme's key; the certificates under it end with December 2031.
func authority(s virtualcard.Scheme) parameters.CAKey {
	k := s.Public()
	return parameters.CAKey{RID: parameters.Hex(k.RID), Index: parameters.Hex(k.Index), Modulus: parameters.Hex(k.Modulus),
		Exponent: parameters.Hex(k.Exponent), Check: parameters.Hex(k.Check), Expiry: parameters.Hex{0x31, 0x12, 0x31}}
}
