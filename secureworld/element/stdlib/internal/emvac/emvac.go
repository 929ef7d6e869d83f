// Package emvac computes application cryptograms and the issuer's answers to
// them on the issuer's side: EMV 4.4 Book 2, clause 8.1, 8.2.1 and annex A1. It
// makes the MAC of script commands and the code of contactless stripes too,
// which have card keys of their own.
//
// Card master key by option A; session keys and padding by the scheme's version
// (element.Derivation); MAC algorithm 3 of ISO 9797-1; ARPC methods 1 and 2.
//
// Only this element imports it. Keys come and go as expanded ciphers; what is
// derived lies in the caller's memory and is the caller's to clear.
package emvac

import (
	"crypto/cipher"
	"crypto/subtle"
	"errors"
	"math/bits"

	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/tdes"
)

// KeySize is that of the keys here: double-length TDES.
const KeySize = 16

const blockSize = 8

// ErrPAN reports what is no account number or sequence number.
var ErrPAN = errors.New("emvac: not an account number or sequence number")

// MasterKey derives a card's master key from the issuer's, option A (annex
// A1.4.1). pan is ASCII digits; psn is two BCD digits, 00 where the card has
// none.
func MasterKey(dst *[KeySize]byte, imk cipher.Block, pan []byte, psn uint8) error {
	y, err := diversifier(pan, psn)
	if err != nil {
		return err
	}
	for i, c := range y {
		dst[i], dst[blockSize+i] = c, ^c
	}
	imk.Encrypt(dst[:blockSize], dst[:blockSize])
	imk.Encrypt(dst[blockSize:], dst[blockSize:])
	oddParity(dst[:])
	return nil
}

// diversifier is the rightmost 16 digits of PAN and sequence number, with zeros
// on the left.
func diversifier(pan []byte, psn uint8) (y [blockSize]byte, err error) {
	if len(pan) < 12 || len(pan) > 19 || psn>>4 > 9 || psn&0x0F > 9 {
		return y, ErrPAN
	}
	var digits [16]byte // as numbers
	digits[14], digits[15] = psn>>4, psn&0x0F
	for i, at := len(pan)-1, 13; i >= 0; i, at = i-1, at-1 {
		if pan[i] < '0' || pan[i] > '9' {
			return y, ErrPAN
		}
		if at >= 0 {
			digits[at] = pan[i] - '0'
		}
	}
	for i := range y {
		y[i] = digits[2*i]<<4 | digits[2*i+1]
	}
	clear(digits[:])
	return y, nil
}

// CommonSessionKey derives from a card's master key with diversifier r (annex
// A1.3.1): ATC and six zero bytes for application cryptograms.
func CommonSessionKey(dst *[KeySize]byte, master cipher.Block, r [blockSize]byte) {
	left, right := r, r
	left[2], right[2] = 0xF0, 0x0F
	master.Encrypt(dst[:blockSize], left[:])
	master.Encrypt(dst[blockSize:], right[:])
	oddParity(dst[:])
}

// MAC is algorithm 3 of ISO 9797-1 over data, which must be padded already to a
// multiple of eight bytes and not be empty.
func MAC(key *[KeySize]byte, padded []byte) (mac [blockSize]byte, err error) {
	var first, last tdes.Key
	defer func() { first.Erase(); last.Erase() }()
	first.OpenSingle((*[blockSize]byte)(key[:]))
	last.Open(key)
	for ; len(padded) > blockSize; padded = padded[blockSize:] {
		subtle.XORBytes(mac[:], mac[:], padded[:blockSize])
		first.Encrypt(mac[:], mac[:])
	}
	subtle.XORBytes(mac[:], mac[:], padded)
	last.Encrypt(mac[:], mac[:])
	return mac, nil
}

// Pad80 returns data with padding method 2: 80, and zeros to a whole block.
func Pad80(data []byte) []byte {
	n := (len(data)/blockSize + 1) * blockSize
	out := make([]byte, n)
	out[copy(out, data)] = 0x80
	return out
}

// Verify reports in constant time whether arqc is that of data, which are
// padded.
func Verify(session *[KeySize]byte, padded []byte, arqc [blockSize]byte) (bool, error) {
	mac, err := MAC(session, padded)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(mac[:], arqc[:]) == 1, nil
}

// ARPC1 is the issuer's answer by method 1 (8.2.1): the ARQC, with the response
// code added to its first two bytes, enciphered by TDES.
func ARPC1(key cipher.Block, arqc [blockSize]byte, arc [2]byte) (arpc [blockSize]byte) {
	arqc[0] ^= arc[0]
	arqc[1] ^= arc[1]
	key.Encrypt(arpc[:], arqc[:])
	return arpc
}

// ARPC2 is the issuer's answer by method 2 (8.2.2): the start of a MAC over the
// ARQC, the card status update and any proprietary data behind it.
func ARPC2(session *[KeySize]byte, arqc [blockSize]byte, status []byte) (arpc [4]byte, err error) {
	mac, err := MAC(session, Pad80(append(arqc[:], status...)))
	copy(arpc[:], mac[:])
	return arpc, err
}

func oddParity(key []byte) {
	for i, c := range key {
		if bits.OnesCount8(c)%2 == 0 {
			key[i] = c ^ 1
		}
	}
}
