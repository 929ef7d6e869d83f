package aes256

import (
	"crypto/aes"
	"crypto/cipher"

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

func (k *standard) derive(out, key, data *[2 * BlockSize]byte) {
	k.open(key)
	k.block.Encrypt(out[:BlockSize], data[:BlockSize])
	k.block.Encrypt(out[BlockSize:], data[BlockSize:])
	k.erase()
}
