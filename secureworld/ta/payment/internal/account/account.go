package account

import (
	"errors"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// ErrAccount reports account data that are missing, malformed or contradict each
// other. It never says which.
var ErrAccount = errors.New("account: data missing, malformed or contradictory")

// Account is what a reader sent of one card. The zero value holds nothing.
type Account struct {
	PAN         PAN
	track       track             // 57
	contactless track             // 9F6B: track 2 of a contactless card in magnetic stripe mode
	first       first             // 56: track 1 of a stripe
	code        code              // CVV2 of a keyed card
	field       [maxPANBytes]byte // 5A as the card gave it
	fieldLength uint8
	date        [3]byte // 5F24, YYMMDD packed
	hasDate     bool
	sequence    byte // 5F34, packed
	hasSequence bool
}

// Parse fills a from data objects in their canonical form: 57, 9F6B or 5A or
// several of them, which must then name one PAN; 5F24, which must agree with the
// tracks, 5F34, and 56, whose number and date must agree too.
// Other objects are not taken over. After an error a is empty.
func (a *Account) Parse(b []byte) error {
	a.Wipe()
	if !a.parse(b) {
		a.Wipe()
		return ErrAccount
	}
	return nil
}

func (a *Account) parse(b []byte) bool {
	list, err := tlv.Parse(b)
	if err != nil || repeats(list) {
		return false
	}
	for _, e := range list {
		if !a.take(e) {
			return false
		}
	}
	return a.settlePAN() && a.settleExpiry() && a.settleFirst()
}

// repeats reports whether a tag is there twice, which a reader that keeps one
// value of each cannot send.
func repeats(list tlv.List) bool {
	for i, e := range list {
		if _, twice := list[:i].Top(e.Tag); twice {
			return true
		}
	}
	return false
}

// take keeps one data object.
func (a *Account) take(e tlv.Element) bool {
	switch e.Tag {
	case tlv.Tag57Track2EquivalentData:
		return a.track.set(e.Value)
	case tag9F6BTrack2:
		return a.contactless.set(e.Value)
	case tag56Track1:
		return a.first.set(e.Value)
	case tlv.Tag5APAN:
		return a.setField(e.Value)
	case tlv.Tag5F24ApplicationExpirationDate:
		a.hasDate = len(e.Value) == 3 && copy(a.date[:], e.Value) == 3
		return a.hasDate && packedDate(a.date)
	case tlv.Tag5F34PANSequenceNumber:
		return len(e.Value) == 1 && a.SetSequence(e.Value[0])
	}
	return !e.Tag.Constructed()
}

func (a *Account) setField(value []byte) bool {
	end := unpadded(value)
	if len(value) > maxPANBytes || end == 0 || digitsFrom(value, 0, end) != end {
		return false
	}
	copy(a.field[:], value)
	a.fieldLength = uint8(len(value))
	return true
}

// settlePAN takes the PAN from 5A and the tracks, and compares.
func (a *Account) settlePAN() bool {
	var digits [MaxPAN]byte
	defer clear(digits[:])
	if a.fieldLength > 0 {
		field := a.field[:a.fieldLength]
		if !a.PAN.set(digits[:unpack(&digits, field, unpadded(field))]) {
			return false
		}
	}
	for _, t := range []*track{&a.track, &a.contactless} {
		if t.present() && !a.agree(digits[:t.pan(&digits)]) {
			return false
		}
	}
	return !a.PAN.Zero()
}

// agree takes the PAN over, or compares it with the one that is there.
func (a *Account) agree(digits []byte) bool {
	var other PAN
	defer other.Wipe()
	if !other.set(digits) {
		return false
	}
	if a.PAN.Zero() {
		a.PAN.Copy(&other)
	}
	return a.PAN.Equal(&other)
}

// settleExpiry demands one expiry date, and that the tracks and 5F24 agree where
// they are there. Whether the card has expired is the issuer's to say (and in the
// TVR): this application knows no clock.
func (a *Account) settleExpiry() bool {
	e, there := a.expiry()
	if !there || !isPacked(e[0]) || !packedMonth(e[1]) {
		return false
	}
	for _, t := range []*track{&a.track, &a.contactless} {
		if t.present() && t.expiry() != e {
			return false
		}
	}
	return !a.hasDate || e == [2]byte(a.date[:2])
}

// expiry is YYMM, packed, from what is there.
func (a *Account) expiry() (yymm [2]byte, there bool) {
	switch {
	case a.track.present():
		return a.track.expiry(), true
	case a.contactless.present():
		return a.contactless.expiry(), true
	}
	return [2]byte(a.date[:2]), a.hasDate
}

// packedDate checks YYMMDD.
func packedDate(d [3]byte) bool {
	return isPacked(d[0]) && packedMonth(d[1]) && isPacked(d[2]) && d[2] >= 0x01 && d[2] <= 0x31
}

func packedMonth(m byte) bool { return isPacked(m) && m >= 0x01 && m <= 0x12 }

func isPacked(b byte) bool { return b>>4 <= 9 && b&0x0F <= 9 }

// SetSequence takes over 5F34 (n 2, packed). It refuses one that contradicts
// what is there.
func (a *Account) SetSequence(packed byte) bool {
	if !isPacked(packed) || a.hasSequence && a.sequence != packed {
		return false
	}
	a.sequence, a.hasSequence = packed, true
	return true
}

// Sequence is the PAN sequence number, 0 to 99, where the card has one.
func (a *Account) Sequence() (number uint8, ok bool) {
	return a.sequence>>4*10 + a.sequence&0x0F, a.hasSequence
}

// AppendTLV adds the account data that the acquirer gets, sealed: 56, 57, 5A, 5F24,
// 5F34, 9F6B and a keyed card's verification code, as far as the card has them.
// With MaxTLV bytes of room dst does not move.
func (a *Account) AppendTLV(dst []byte) []byte {
	if a.first.present() {
		dst = tlv.Append(dst, tag56Track1, a.first.value())
	}
	if a.track.present() {
		dst = tlv.Append(dst, tlv.Tag57Track2EquivalentData, a.track.value())
	}
	if a.fieldLength > 0 {
		dst = tlv.Append(dst, tlv.Tag5APAN, a.field[:a.fieldLength])
	}
	if a.hasDate {
		dst = tlv.Append(dst, tlv.Tag5F24ApplicationExpirationDate, a.date[:])
	}
	if a.hasSequence {
		dst = tlv.Append(dst, tlv.Tag5F34PANSequenceNumber, []byte{a.sequence})
	}
	if a.contactless.present() {
		dst = tlv.Append(dst, tag9F6BTrack2, a.contactless.value())
	}
	if a.code.length > 0 {
		dst = tlv.Append(dst, tlv.Tag(hostspec.TagCVV2), a.code.digits[:a.code.length])
	}
	return dst
}

// Field writes the PAN as tag 5A has it, packed and padded to whole bytes.
func (a *Account) Field(dst *[maxPANBytes]byte) []byte {
	n := int(a.PAN.length)
	size := (n + 1) / 2
	for i := range size {
		dst[i] = nibbleOf(a.PAN.digits[2*i])<<4 | padding
		if 2*i+1 < n {
			dst[i] = dst[i]&0xF0 | nibbleOf(a.PAN.digits[2*i+1])
		}
	}
	return dst[:size]
}

func nibbleOf(ascii byte) byte { return ascii & 0x0F }

// Wipe clears everything.
func (a *Account) Wipe() { *a = Account{} }
