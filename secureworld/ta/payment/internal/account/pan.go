package account

import (
	"crypto/subtle"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// PAN is a primary account number of 12 to 19 digits, or none. Digits behind its
// length are zero bytes.
type PAN struct {
	digits [MaxPAN]byte // ASCII
	length uint8
}

// set checks digits (ASCII) and takes them over.
func (p *PAN) set(digits []byte) bool {
	if len(digits) < minPAN || len(digits) > MaxPAN || !checkDigitValid(digits) {
		return false
	}
	p.Wipe()
	copy(p.digits[:], digits)
	p.length = uint8(len(digits))
	return true
}

// Zero reports whether there is no PAN.
func (p *PAN) Zero() bool { return p.length == 0 }

// Equal compares in constant time. No PAN equals no other, not even none.
func (p *PAN) Equal(other *PAN) bool {
	same := subtle.ConstantTimeCompare(p.digits[:], other.digits[:])
	return same&subtle.ConstantTimeByteEq(p.length, other.length) == 1 && !p.Zero()
}

// Copy takes over another PAN.
func (p *PAN) Copy(from *PAN) {
	move(&p.digits, &from.digits)
	p.length = from.length
}

// Use calls f with the digits, ASCII. f neither keeps the slice nor makes a
// string of it.
func (p *PAN) Use(f func(digits []byte)) { f(p.digits[:p.length]) }

// Fill writes the digits into dst and zeros behind them: the plaintext that is
// sealed to the PIN pad (package pinentry).
func (p *PAN) Fill(dst *[MaxPAN]byte) { move(dst, &p.digits) }

// move copies digit by digit. An assignment would take eight at once through the
// machine's registers and its stack, which are not secret memory.
func move(dst, src *[MaxPAN]byte) {
	for i := range src {
		dst[i] = src[i]
	}
}

// Masked is what may leave: the last four digits and the length.
func (p *PAN) Masked() payment.MaskedPAN {
	if p.Zero() {
		return payment.MaskedPAN{}
	}
	last := uint16(0)
	for _, d := range p.digits[p.length-4 : p.length] {
		last = last*10 + uint16(d-'0')
	}
	return payment.MaskedPAN{Last4: last, Length: p.length}
}

// Wipe clears the digits.
func (p *PAN) Wipe() { *p = PAN{} }

// checkDigitValid is the formula of ISO/IEC 7812-1, annex B (Luhn).
func checkDigitValid(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum%10 == 0
}
