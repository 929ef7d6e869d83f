// Package offlinepin enciphers a PIN for the card itself, which verifies it (EMV
// Book 2, clause 7.2). What the card gets has the length N of its modulus:
//
//	7F | PIN block, ISO 9564-1 format 2 (8) | the card's challenge (8) | random (N - 17)
//
// raised to the public exponent of the card's key. The payment application
// has verified that key and given the order; this package checks its shape.
//
// Only the PIN pad imports it. All that held the PIN is one object, cleared
// before the call returns: the arithmetic is done in it and takes the same time
// for every PIN, where math/big would leave copies in memory that nobody can
// reach. math/big sees the modulus alone. It must never keep a PIN or give out a
// PIN block in clear: offline plaintext PIN does not exist here.
package offlinepin

import (
	"errors"
	"io"

	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/pinblock"
)

// ErrRandom reports that there was no random padding.
var ErrRandom = errors.New("offlinepin: no random numbers")

const (
	dataHeader  = 0x7F
	blockAt     = 1
	challengeAt = 9
	paddingAt   = 17
)

// Encipher enciphers pin, 4 to 12 ASCII digits, with the card's key, and returns
// as many bytes as its modulus has. challenge is what the card answered to GET
// CHALLENGE; random gives the padding. It neither keeps nor changes pin. It
// returns oda.ErrKey, pinblock's error for what is no PIN, or ErrRandom.
func Encipher(key oda.PublicKey, pin []byte, challenge [8]byte, random io.Reader) ([]byte, error) {
	r := new(rooms)
	defer r.wipe()
	return r.encipher(key, pin, challenge, random)
}

func (r *rooms) encipher(key oda.PublicKey, pin []byte, challenge [8]byte, random io.Reader) ([]byte, error) {
	if err := key.Check(); err != nil {
		return nil, err
	}
	data := r.data[:len(key.Modulus)]
	data[0] = dataHeader
	if err := pinblock.EncodeFormat2(data[blockAt:challengeAt], pin); err != nil {
		return nil, err
	}
	copy(data[challengeAt:paddingAt], challenge[:])
	if _, err := io.ReadFull(random, data[paddingAt:]); err != nil {
		return nil, ErrRandom
	}
	r.load(key.Modulus)
	r.value.set(data)
	r.raise(key.Exponent)
	return r.result(len(key.Modulus)), nil
}
