package hsm

import (
	"bytes"
	"slices"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive"
)

// Account is a card's account data, as long as a message is being answered.
type Account struct {
	pan    sensitive.Bytes // ASCII digits
	stripe sensitive.Bytes // behind the expiry of a track 2: service code and discretionary data, ASCII digits
	cvv2   sensitive.Bytes // ASCII digits
	tags   []uint32        // what the terminal sealed

	Expiry [2]byte // YYMM, BCD
	PSN    uint8   // two BCD digits, 00 if the card has none
}

func newAccount(pan []byte, expiry [2]byte) *Account {
	return &Account{pan: sensitive.New(pan), Expiry: expiry}
}

// UsePAN calls f with the PAN's digits, which it must not keep.
func (a *Account) UsePAN(f func(pan []byte)) { a.pan.Use(f) }

// Wipe clears what is secret of it.
func (a *Account) Wipe() {
	for _, b := range []sensitive.Bytes{a.pan, a.stripe, a.cvv2} {
		b.Wipe()
	}
}

// Fits reports whether these are the account data of an entry mode, and no other.
func (a *Account) Fits(c hostspec.Content) bool {
	for _, tag := range c.Needs {
		if !slices.Contains(a.tags, tag) {
			return false
		}
	}
	for _, tag := range a.tags {
		if !slices.Contains(c.Needs, tag) && !slices.Contains(c.May, tag) {
			return false
		}
	}
	return true
}

// HasSequence reports whether there was a PAN sequence number.
func (a *Account) HasSequence() bool { return a.Has(hostspec.TagSequence) }

// Has reports whether the terminal sealed an element of this tag.
func (a *Account) Has(tag uint32) bool { return slices.Contains(a.tags, tag) }

const serviceSize = 3

// ServiceCode is that of a track 2, three digits, or empty.
func (a *Account) ServiceCode() (code string) {
	a.stripe.Use(func(b []byte) {
		if len(b) >= serviceSize {
			code = string(b[:serviceSize])
		}
	})
	return code
}

// valueAt is where the card verification value stands in a stripe's
// discretionary data: behind the PIN's key index and verification value.
const valueAt = serviceSize + 5

// useValue calls f with the value on the stripe, or reports false.
func (a *Account) useValue(f func(value [valueSize]byte)) (found bool) {
	a.stripe.Use(func(b []byte) {
		if found = len(b) >= valueAt+valueSize; found {
			f([valueSize]byte(b[valueAt:]))
		}
	})
	return found
}

// static is the track of a contactless stripe as the card was personalised:
// discretionary holds the digits behind the service code, zeros where it is
// shorter.
func (a *Account) static(pan []byte, discretionary string) []byte {
	digits := bytes.Clone(pan)
	a.stripe.Use(func(b []byte) {
		digits = append(digits, 0x0D+'0')
		for _, c := range a.Expiry {
			digits = append(digits, '0'+c>>4, '0'+c&0x0F)
		}
		digits = append(digits, b[:min(serviceSize, len(b))]...)
		for i := serviceSize; i < len(b); i++ {
			d := byte('0')
			if i-serviceSize < len(discretionary) {
				d = discretionary[i-serviceSize]
			}
			digits = append(digits, d)
		}
	})
	defer clear(digits)
	if len(digits)%2 == 1 {
		digits = append(digits, 0x0F+'0')
	}
	out := make([]byte, len(digits)/2)
	for i, c := range digits {
		out[i/2] |= (c - '0') << (4 * (1 - i%2))
	}
	return out
}
