// Package entry collects a PIN, a choice or a card number from the keys. A PIN
// and a card lie in arrays that never move and are cleared as soon as they are
// sealed (PINs as ISO 9564-1 has it: 4 to 12 digits, time-outs, nothing but dots
// on the display).
//
// Only the PIN pad imports it. It must never give out a PIN or a card number as a
// string, show a digit of a PIN, or keep one after Wipe.
package entry

import "errors"

// Digits of a PIN, ISO 9564-1.
const (
	MinDigits = 4
	MaxDigits = 12
)

// How an entry ends without a PIN.
var (
	ErrTimeout  = errors.New("entry: time-out")
	ErrCanceled = errors.New("entry: canceled by the cardholder")
)

// PIN holds the digits typed so far, as ASCII. It lives on the heap, so that no
// growing stack leaves a copy.
type PIN struct {
	digits [MaxDigits]byte
	n      int
}

// Len is how many digits were typed.
func (p *PIN) Len() int { return p.n }

// Digits are the digits typed, in the array that Wipe clears.
func (p *PIN) Digits() []byte { return p.digits[:p.n] }

// Wipe clears the whole array.
func (p *PIN) Wipe() {
	clear(p.digits[:])
	p.n = 0
}

// add takes one more digit. The thirteenth is lost: its key does nothing.
func (p *PIN) add(digit byte) {
	if p.n < MaxDigits {
		p.digits[p.n] = digit
		p.n++
	}
}
