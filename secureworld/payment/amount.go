package payment

import (
	"errors"
	"fmt"
)

// Amount is money in minor units of its currency. It is never negative and has
// at most twelve digits (ISO 8583:1987, DE 4, n 12), so it has no room for a
// card number.
type Amount int64

// MaxAmount is the largest value of DE 4 and of EMV tag 9F02 (n 12).
const MaxAmount Amount = 999_999_999_999

// ErrAmount reports an amount below zero or above MaxAmount.
var ErrAmount = errors.New("amount out of range")

// Valid reports whether a is between 0 and MaxAmount.
func (a Amount) Valid() bool { return a >= 0 && a <= MaxAmount }

// Text writes the amount with the decimals of its currency and the
// currency's code, as a receipt shows it: "12.34 EUR".
func (a Amount) Text(c Currency) string {
	d, ok := currencies[c]
	if !ok {
		return fmt.Sprintf("%d", int64(a))
	}
	if d.exponent == 0 {
		return fmt.Sprintf("%d %s", int64(a), d.code)
	}
	unit := int64(1)
	for range d.exponent {
		unit *= 10
	}
	return fmt.Sprintf("%d.%0*d %s", int64(a)/unit, int(d.exponent), int64(a)%unit, d.code)
}
