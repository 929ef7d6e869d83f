// Package cvv computes card verification values by Visa's method: the value on
// a stripe (CVV), the one printed on the card (CVV2, service code 000) and the
// one in a chip's image of the stripe (iCVV, service code 999).
//
// PAN, expiry and service code, zeros behind, are enciphered as two blocks: DES
// under the left half of the key, then TDES under the whole; the digits of the
// result come first, then its letters less ten.
//
// The elements import it, and provisioning for demo cards. It keeps nothing but
// its expanded key.
package cvv

import (
	"crypto/cipher"
	"crypto/subtle"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// Size is the number of digits of a value.
const Size = 3

const (
	keySize    = 16
	blockSize  = 8
	expirySize = 4
	codeSize   = 3
	maxPAN     = 19
	minPAN     = 12
)

// ErrInput reports a key, PAN, expiry or service code that is none.
var ErrInput = errors.New("cvv: not a key, account number, expiry or service code")

// Key is a card verification key. Any number of goroutines may use it.
type Key struct{ left, whole cipher.Block }

// Open expands a double-length TDES key; the result's function erases it.
func Open(key []byte) (*Key, func(), error) {
	if len(key) != keySize {
		return nil, nil, ErrInput
	}
	var single [keySize]byte // both halves equal: single DES
	defer clear(single[:])
	copy(single[copy(single[:], key[:keySize/2]):], key[:keySize/2])
	left, eraseLeft, err := schedule.NewTDES(single[:], nil)
	if err != nil {
		return nil, nil, ErrInput
	}
	whole, eraseWhole, err := schedule.NewTDES(key, nil)
	if err != nil {
		eraseLeft()
		return nil, nil, ErrInput
	}
	return &Key{left, whole}, func() { eraseLeft(); eraseWhole() }, nil
}

// Value computes the value for a PAN (12 to 19 digits), an expiry (four digits
// in the order that the issuer uses, YYMM on a stripe) and a service code (three
// digits), all ASCII.
func (k *Key) Value(pan, expiry, service []byte) (value [Size]byte, err error) {
	if len(pan) < minPAN || len(pan) > maxPAN || len(expiry) != expirySize || len(service) != codeSize {
		return value, ErrInput
	}
	var packed [2 * blockSize]byte
	defer clear(packed[:])
	at := 0
	for _, part := range [][]byte{pan, expiry, service} {
		for _, c := range part {
			if c < '0' || c > '9' {
				return value, ErrInput
			}
			packed[at/2] |= (c - '0') << (4 * (1 - at%2))
			at++
		}
	}
	b := packed[:blockSize]
	k.left.Encrypt(b, b)
	subtle.XORBytes(b, b, packed[blockSize:])
	k.whole.Encrypt(b, b)
	return digits(b), nil
}

// Verify compares in constant time.
func (k *Key) Verify(pan, expiry, service, value []byte) (bool, error) {
	want, err := k.Value(pan, expiry, service)
	return err == nil && subtle.ConstantTimeCompare(want[:], value) == 1, err
}

// digits takes the first three decimal digits; where there are fewer, letters
// less ten follow.
func digits(b []byte) (out [Size]byte) {
	n := 0
	for _, letters := range []bool{false, true} {
		for i := range 2 * len(b) {
			d := b[i/2] >> (4 * (1 - i%2)) & 0x0F
			if n == Size || (d > 9) != letters {
				continue
			}
			out[n] = '0' + d%10
			n++
		}
	}
	return out
}
