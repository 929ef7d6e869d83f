package entry

import (
	"errors"

	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
)

// ErrMistyped says that what was keyed cannot be a card.
var ErrMistyped = errors.New("entry: not a card")

// Sizes of a card's fields in digits: the number as ISO/IEC 7812-1 has it, the
// expiry date as it is printed (MMYY), the verification code as it is printed.
const (
	minNumber, maxNumber = 12, 19
	expirySize           = 4
	minCode, maxCode     = 3, 4
)

// Card is a card that is keyed in. It lives on the heap, as PIN does.
type Card struct{ Number, Expiry, Code Field }

// Field is one of a card's, as ASCII digits.
type Field struct {
	digits   [maxNumber]byte
	n        int
	min, max int
}

// Begin makes the card ready to be keyed in.
func (c *Card) Begin() {
	c.Wipe()
	c.Number.min, c.Number.max = minNumber, maxNumber
	c.Expiry.min, c.Expiry.max = expirySize, expirySize
	c.Code.min, c.Code.max = minCode, maxCode
}

// Wipe clears all fields.
func (c *Card) Wipe() {
	c.Number.Wipe()
	c.Expiry.Wipe()
	c.Code.Wipe()
}

// Len is how many digits were typed.
func (f *Field) Len() int { return f.n }

// Digits are the digits typed, in the array that Wipe clears.
func (f *Field) Digits() []byte { return f.digits[:f.n] }

// Wipe clears the whole array.
func (f *Field) Wipe() {
	clear(f.digits[:])
	f.n = 0
}

// press does what one key does. OK with too few digits does nothing, and a digit
// too many is lost.
func (f *Field) press(k keypad.Key) (done bool, err error) {
	switch {
	case k == keypad.Cancel:
		return false, ErrCanceled
	case k == keypad.OK:
		return f.n >= f.min, nil
	case k == keypad.Clear:
		f.Wipe()
	case k.Digit() && f.n < f.max:
		f.digits[f.n] = byte(k)
		f.n++
	}
	return false, nil
}

// CheckNumber returns ErrMistyped unless the check digit is right (ISO/IEC
// 7812-1, annex B).
func (c *Card) CheckNumber() error {
	sum := 0
	for i := range c.Number.n {
		d := int(c.Number.digits[c.Number.n-1-i] - '0')
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	if sum%10 != 0 || sum == 0 {
		return ErrMistyped
	}
	return nil
}

// CheckExpiry returns ErrMistyped unless the date begins with a month. Whether
// the card has expired is the issuer's to say: this PIN pad has no clock that
// anyone vouches for.
func (c *Card) CheckExpiry() error {
	month := (c.Expiry.digits[0]-'0')*10 + c.Expiry.digits[1] - '0'
	if month < 1 || month > 12 {
		return ErrMistyped
	}
	return nil
}

// End are the last four digits of the number, which may be shown.
func (c *Card) End() (end [4]byte) {
	copy(end[:], c.Number.digits[max(0, c.Number.n-len(end)):c.Number.n])
	return end
}

// CheckCode has nothing to check: the issuer alone knows the code.
func (c *Card) CheckCode() error { return nil }
