package payment

import (
	"encoding/hex"
	"strings"
)

// AID is an application identifier of a card (EMV tag 84, ISO/IEC 7816-5: 5 to
// 16 bytes). Only identifiers of a registered scheme with at most two bytes
// beyond the scheme's own are valid, so it cannot carry a card number.
type AID struct {
	Bytes  [16]byte
	Length uint8
}

// aidBase is the length of the longest registered identifier that a terminal
// lists (RID 5 bytes, PIX up to 3); two more bytes are allowed for a card's
// own suffix.
const aidBase, aidSuffix = 8, 2

// NewAID copies b, or returns the zero value where b is not a valid identifier.
func NewAID(b []byte) AID {
	var a AID
	if len(b) > len(a.Bytes) {
		return AID{}
	}
	copy(a.Bytes[:], b)
	a.Length = uint8(len(b))
	if !a.Valid() {
		return AID{}
	}
	return a
}

// Valid reports whether the identifier is unset or of a registered scheme.
func (a AID) Valid() bool {
	if a == (AID{}) {
		return true
	}
	if a.Length < 5 || a.Length > aidBase+aidSuffix {
		return false
	}
	for _, b := range a.Bytes[a.Length:] {
		if b != 0 {
			return false
		}
	}
	return BrandOfRID([5]byte(a.Bytes[:5])) != BrandUnknown
}

// String is upper-case hex.
func (a AID) String() string {
	return strings.ToUpper(hex.EncodeToString(a.Bytes[:min(int(a.Length), len(a.Bytes))]))
}

// MarshalText writes upper-case hex.
func (a AID) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// BrandOfRID names the scheme of a registered application provider identifier
// (ISO/IEC 7816-5; the RIDs are published by the schemes).
func BrandOfRID(rid [5]byte) Brand {
	switch rid {
	case [5]byte{0xA0, 0, 0, 0, 0x03}:
		return BrandVisa
	case [5]byte{0xA0, 0, 0, 0, 0x04}:
		return BrandMastercard
	case [5]byte{0xA0, 0, 0, 0, 0x25}:
		return BrandAmex
	case [5]byte{0xA0, 0, 0, 0x01, 0x52}, [5]byte{0xA0, 0, 0, 0x03, 0x24}:
		return BrandDiscover
	case [5]byte{0xA0, 0, 0, 0, 0x65}:
		return BrandJCB
	case [5]byte{0xA0, 0, 0, 0x03, 0x33}:
		return BrandUnionPay
	}
	return BrandUnknown
}

// Label is the name of a card's application (EMV tags 50 and 9F12: up to 16
// characters). The card writes it, so only printable ASCII with at most four
// digits is valid.
type Label [16]byte

// NewLabel copies b, or returns the zero value where b is not a valid label.
func NewLabel(b []byte) Label {
	var l Label
	if len(b) > len(l) {
		return Label{}
	}
	copy(l[:], b)
	if !l.Valid() {
		return Label{}
	}
	return l
}

// Valid checks the characters, the digits and that zero bytes only pad.
func (l Label) Valid() bool {
	digits, ended := 0, false
	for _, c := range l {
		switch {
		case c == 0:
			ended = true
		case ended || c < 0x20 || c > 0x7e:
			return false
		case c >= '0' && c <= '9':
			digits++
		}
	}
	return digits <= 4
}

// String drops the padding.
func (l Label) String() string { return trimmed(l[:]) }

// MarshalText writes the text.
func (l Label) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Cryptogram is an application cryptogram (EMV tag 9F26).
type Cryptogram [8]byte

// Valid is true of every value.
func (Cryptogram) Valid() bool { return true }

// MarshalText writes upper-case hex.
func (c Cryptogram) MarshalText() ([]byte, error) {
	return []byte(strings.ToUpper(hex.EncodeToString(c[:]))), nil
}

// TVR is the terminal verification results (EMV tag 95).
type TVR [5]byte

// Valid is true of every value.
func (TVR) Valid() bool { return true }

// MarshalText writes upper-case hex.
func (t TVR) MarshalText() ([]byte, error) {
	return []byte(strings.ToUpper(hex.EncodeToString(t[:]))), nil
}

// TSI is the transaction status information (EMV tag 9B).
type TSI [2]byte

// Valid is true of every value.
func (TSI) Valid() bool { return true }

// MarshalText writes upper-case hex.
func (t TSI) MarshalText() ([]byte, error) {
	return []byte(strings.ToUpper(hex.EncodeToString(t[:]))), nil
}

// Digest is a SHA-256 measurement of a program or of a journal's head.
type Digest [32]byte

// Valid is true of every value.
func (Digest) Valid() bool { return true }

// MarshalText writes lower-case hex, empty where there is none.
func (d Digest) MarshalText() ([]byte, error) {
	if d == (Digest{}) {
		return nil, nil
	}
	return []byte(hex.EncodeToString(d[:])), nil
}

// Date is a local date, year since 2000.
type Date struct{ Year, Month, Day uint8 }

// Valid checks the ranges; the zero date means none.
func (d Date) Valid() bool {
	return d == Date{} || d.Year <= 99 && d.Month >= 1 && d.Month <= 12 && d.Day >= 1 && d.Day <= 31
}

// Time is a local time of day.
type Time struct{ Hour, Minute, Second uint8 }

// Valid checks the ranges.
func (t Time) Valid() bool { return t.Hour <= 23 && t.Minute <= 59 && t.Second <= 59 }
