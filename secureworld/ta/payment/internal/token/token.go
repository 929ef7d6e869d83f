// Package token forms the token of a card at a merchant:
//
//	first 16 bytes of HMAC-SHA-256 (FIPS 198-1) under the merchant's token key over
//	n ‖ merchant id (DE 42) ‖ n ‖ "strongroom token 1" ‖ n ‖ PAN, ASCII digits
//
// where n is the length in bytes of what follows, one byte, so that no two
// inputs run into each other. The label separates this use of the key from any
// other, and its number is the version of the form. The acquirer, who loaded the
// key, computes the same.
//
// A hash without a key would be worthless, since the PANs under one BIN can be
// tried out; under one key per merchant, tokens of two merchants cannot be
// joined (PCI DSS 3.5.1).
//
// Only the payment application imports it. It must never keep the key or the
// PAN, nor make a string of either. The states of HMAC stay uncleared on the
// heap of the instance, which is secret memory and is wiped when it ends.
package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// KeySize is the length of a token key.
const KeySize = 32

const label = "strongroom token 1"

// ErrKey reports a key of another length, or of zeros alone.
var ErrKey = errors.New("token: no usable key")

// Of returns the token for digits, the ASCII digits of a PAN, at merchant.
func Of(key []byte, merchant payment.MerchantID, digits []byte) (payment.Token, error) {
	if len(key) != KeySize || allZero(key) {
		return payment.Token{}, ErrKey
	}
	h := hmac.New(sha256.New, key)
	for _, part := range [][]byte{merchant[:], []byte(label), digits} {
		_, _ = h.Write([]byte{byte(len(part))}) // a hash takes everything
		_, _ = h.Write(part)
	}
	var sum [sha256.Size]byte
	defer clear(sum[:])
	return payment.Token(h.Sum(sum[:0])[:16]), nil
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
