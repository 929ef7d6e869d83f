// Package siv seals with AES-SIV (RFC 5297): the same key, associated data and
// plaintext give the same bytes, and two plaintexts under the same associated data
// give bytes from which no one learns more than that they differ. Whoever compares
// answers needs just that; a mode with a nonce gives away the difference of two
// answers under one nonce.
//
// The 16 bytes in front, the SIV, are a pseudorandom function of everything sealed: it
// stands for an answer where answers are compared. Decryption is refused unless it
// comes out again.
//
// The state of one call lives in a pool and is cleared before it goes back there:
// sealing and opening allocate nothing but what dst lacks in capacity.
//
// The members of a group and their clients import it, never an MCU. It must never keep
// a key beyond a Cipher.
package siv

import (
	"crypto/cipher"
	"crypto/subtle"
	"errors"
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

const (
	// Size is the length of an SIV.
	Size = 16
	// KeySize is that of a key for AES-256: 32 bytes to authenticate, 32 to encipher.
	KeySize = 64
	// KeySize128 is that of a key for AES-128.
	KeySize128 = 32
	// maxStrings: RFC 5297, section 2.6: at most 126 components of associated data,
	// because doubling repeats.
	maxStrings = 126
)

// ErrOpen says that something was changed, or that the key is another.
var ErrOpen = errors.New("siv: does not open")

// Cipher holds one key. Any number of goroutines may use it.
type Cipher struct {
	mac   *MAC
	ctr   cipher.Block
	erase func()     // of ctr
	zero  [Size]byte // CMAC of the zero block, where every S2V begins
}

// New expands a key of KeySize or KeySize128 bytes, which the caller may clear then.
func New(key []byte) (*Cipher, error) {
	if len(key) != KeySize && len(key) != KeySize128 {
		return nil, errors.New("siv: a key of another length")
	}
	half := len(key) / 2
	mac, err := NewMAC(key[:half])
	if err != nil {
		return nil, err
	}
	c := &Cipher{mac: mac}
	if c.ctr, c.erase, err = schedule.NewAES(key[half:], nil); err != nil {
		mac.Wipe()
		return nil, err
	}
	c.zero = mac.Sum(c.zero[:])
	return c, nil
}

// Wipe erases the key. Nobody uses the Cipher after it.
func (c *Cipher) Wipe() {
	c.mac.Wipe()
	c.erase()
	clear(c.zero[:])
}

// Seal appends SIV and ciphertext of plaintext to dst. The components of associated
// data count in their order and length; dst does not overlap plaintext.
func (c *Cipher) Seal(dst, plaintext []byte, associated ...[]byte) []byte {
	if len(associated) > maxStrings {
		panic("secureworld: internal error: SIV over too many strings")
	}
	s := c.mac.take()
	defer c.mac.give(s)
	s.vector(c, plaintext, associated)
	dst = append(slices.Grow(dst, Size+len(plaintext)), s.chain[:]...)
	start := len(dst)
	dst = append(dst, plaintext...)
	s.stream(c, dst[start:])
	return dst
}

// Open appends the plaintext of what Seal made to dst, or returns ErrOpen and dst as it
// was. dst does not overlap sealed.
func (c *Cipher) Open(dst, sealed []byte, associated ...[]byte) ([]byte, error) {
	if len(sealed) < Size || len(associated) > maxStrings {
		return dst, ErrOpen
	}
	s := c.mac.take()
	defer c.mac.give(s)
	start := len(dst)
	out := append(slices.Grow(dst, len(sealed)-Size), sealed[Size:]...)
	plaintext := out[start:]
	s.chain = [Size]byte(sealed)
	s.stream(c, plaintext)
	s.vector(c, plaintext, associated)
	if subtle.ConstantTimeCompare(s.chain[:], sealed[:Size]) != 1 {
		clear(plaintext)
		return dst, ErrOpen
	}
	return out, nil
}
