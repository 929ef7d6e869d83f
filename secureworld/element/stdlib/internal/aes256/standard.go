package aes256

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// standard is a key that the standard library expanded, on the Go heap.
type standard struct{ block cipher.Block }

func (k *standard) open(key *[KeySize]byte) {
	b, err := aes.NewCipher(key[:])
	if err != nil {
		panic("secureworld: internal error: 32 bytes are no AES key")
	}
	k.block = b
}

func (k *standard) erase() {
	if k.block != nil {
		schedule.EraseAES(k.block)
		k.block = nil
	}
}

func (k *standard) derive(out, key *[KeySize]byte, first, second, rest uint64) {
	k.open(key)
	k.pair(out, first, second, rest)
	k.erase()
}

func (k *standard) pair(out *[KeySize]byte, first, second, rest uint64) {
	binary.BigEndian.PutUint64(out[:], first)
	binary.BigEndian.PutUint64(out[8:], rest)
	binary.BigEndian.PutUint64(out[16:], second)
	binary.BigEndian.PutUint64(out[24:], rest)
	k.block.Encrypt(out[:BlockSize], out[:BlockSize])
	k.block.Encrypt(out[BlockSize:], out[BlockSize:])
}

func (k *standard) encryptTwice(field []byte, left, right uint64) {
	k.block.Encrypt(field, field)
	add(field, left, right)
	k.block.Encrypt(field, field)
}

func (k *standard) decryptTwice(field []byte, left, right uint64) {
	k.block.Decrypt(field, field)
	add(field, left, right)
	k.block.Decrypt(field, field)
}

func add(field []byte, left, right uint64) {
	binary.BigEndian.PutUint64(field, binary.BigEndian.Uint64(field)^left)
	binary.BigEndian.PutUint64(field[8:], binary.BigEndian.Uint64(field[8:])^right)
}
