package token

import (
	"crypto/hmac"
	"crypto/sha256"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

const cardLabel = "strongroom card identifier 1"

// Identifier returns what a card is called at a merchant for one trusted
// application, as package tasdk/card draws it. Under a key for each application's
// name, no two of them can join their cards.
func Identifier(key, name []byte, merchant payment.MerchantID, digits []byte) (id [16]byte, err error) {
	if len(key) != KeySize || allZero(key) {
		return id, ErrKey
	}
	var own, sum [sha256.Size]byte
	defer clear(own[:])
	defer clear(sum[:])
	keyed(own[:0], key, []byte(cardLabel), name)
	keyed(sum[:0], own[:], merchant[:], digits)
	return [16]byte(sum[:]), nil
}

// keyed appends the HMAC over parts, each behind its length.
func keyed(dst, key []byte, parts ...[]byte) {
	h := hmac.New(sha256.New, key)
	for _, part := range parts {
		_, _ = h.Write([]byte{byte(len(part))}) // a hash takes everything
		_, _ = h.Write(part)
	}
	h.Sum(dst)
}
