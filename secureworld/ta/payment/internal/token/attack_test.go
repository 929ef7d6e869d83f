package token

import (
	"crypto/sha256"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// tried goes through every number of sixteen digits with this beginning and end, as a
// receipt tells both, and returns the one that has the token.
func tried(first, last string, has func(digits []byte) bool) []byte {
	digits := []byte(first + "000000" + last)
	for n := range 1_000_000 {
		for i, left := 11, n; i >= 6; i, left = i-1, left/10 {
			digits[i] = '0' + byte(left%10)
		}
		if luhn(digits) && has(digits) {
			return digits
		}
	}
	return nil
}

func luhn(digits []byte) bool {
	sum := 0
	for i, c := range digits {
		d := int(c - '0')
		if (len(digits)-i)%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// A12: who has a token, the first six and the last four digits tries out the rest. It
// takes the key to compare, and the app world has neither the key nor a message that
// takes a number.
func TestA12ATokenIsNotFoundByTryingNumbersOut(t *testing.T) {
	key, merchant, digits := random(t)
	first, last := string(digits[:6]), string(digits[12:])
	want := of(t, key, merchant, digits)
	with := func(key []byte) func([]byte) bool {
		return func(try []byte) bool { got, _ := Of(key, merchant, try); return got == want }
	}
	other, _, _ := random(t)
	if found := tried(first, last, with(other)); found != nil {
		t.Error("a number has the token under another key")
	}
	if found := tried(first, last, with(key)); string(found) != string(digits) {
		t.Error("twin: with the key itself the number is not found")
	}
	unkeyed := func(digits []byte) (out payment.Token) {
		sum := sha256.Sum256(append(append([]byte{}, merchant[:]...), digits...))
		copy(out[:], sum[:])
		return out
	}
	want = unkeyed(digits)
	if found := tried(first, last, func(try []byte) bool { return unkeyed(try) == want }); string(found) != string(digits) {
		t.Error("hole: a hash without a key is not reversed")
	}
}
