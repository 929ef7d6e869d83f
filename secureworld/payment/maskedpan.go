package payment

import (
	"errors"
	"fmt"
	"strings"
)

// Brand is the scheme of a card.
type Brand uint8

// Brands, by registered application provider (ISO/IEC 7816-5).
const (
	BrandUnknown Brand = iota
	BrandVisa
	BrandMastercard
	BrandMaestro
	BrandAmex
	BrandDiscover
	BrandJCB
	BrandUnionPay
	brandEnd
)

// Valid reports whether b is a known value.
func (b Brand) Valid() bool { return b < brandEnd }

// String is the lower-case name.
func (b Brand) String() string {
	return pick(b, "unknown", "visa", "mastercard", "maestro", "amex", "discover", "jcb", "unionpay")
}

// MarshalText writes the name.
func (b Brand) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// MaskedPAN is what may be shown of a card number: its last four digits and its
// length (PCI DSS 3.4.1, stricter than its "first six, last four"). It has
// no room for more.
type MaskedPAN struct {
	Last4  uint16 // 0 to 9999
	Length uint8  // digits of the whole number: 0 (no card) or 12 to 19
}

var errMaskedPAN = errors.New("malformed masked pan")

// Valid checks both ranges.
func (m MaskedPAN) Valid() bool {
	return m.Last4 <= 9999 && (m == MaskedPAN{} || m.Length >= 12 && m.Length <= 19)
}

// String shows dots in place of the hidden digits: "•••• •••• •••• 0010".
func (m MaskedPAN) String() string {
	if m.Length < 4 || !m.Valid() {
		return ""
	}
	var b strings.Builder
	for i := range int(m.Length) - 4 {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteString("•")
	}
	fmt.Fprintf(&b, " %04d", m.Last4)
	return b.String()
}

// Digits are the last four digits as text, empty when no card was read.
func (m MaskedPAN) Digits() string {
	if m.Length < 4 || !m.Valid() {
		return ""
	}
	return fmt.Sprintf("%04d", m.Last4)
}

// MarshalText writes the shown form.
func (m MaskedPAN) MarshalText() ([]byte, error) {
	if !m.Valid() {
		return nil, errMaskedPAN
	}
	return []byte(m.String()), nil
}
