package elementapplet

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
)

// cmac is the MAC of NIST SP 800-38B over the whole message, which it copies once
// to pad it.
func cmac(k *key, message []byte) (tag [blockSize]byte) {
	b, err := aes.NewCipher(k[:])
	if err != nil {
		panic("elementapplet: internal error: an AES key has another size")
	}
	padded := make([]byte, len(message), len(message)+blockSize)
	defer func() { clear(padded[:cap(padded)]) }()
	copy(padded, message)
	subkey := twice(encryptZero(b)) // K1, of a message of whole blocks
	if len(padded) == 0 || len(padded)%blockSize != 0 {
		subkey = twice(subkey) // K2
		for padded = append(padded, 0x80); len(padded)%blockSize != 0; {
			padded = append(padded, 0)
		}
	}
	last := padded[len(padded)-blockSize:]
	subtle.XORBytes(last, last, subkey[:])
	cipher.NewCBCEncrypter(b, make([]byte, blockSize)).CryptBlocks(padded, padded) //nolint:gosec // a CMAC begins with zeros
	copy(tag[:], last)
	return tag
}

func encryptZero(b cipher.Block) (l [blockSize]byte) {
	b.Encrypt(l[:], l[:])
	return l
}

// twice doubles in GF(2^128) with the polynomial 87.
func twice(v [blockSize]byte) (out [blockSize]byte) {
	carry := byte(0)
	for i := blockSize - 1; i >= 0; i-- {
		out[i] = v[i]<<1 | carry
		carry = v[i] >> 7
	}
	out[blockSize-1] ^= 0x87 * carry
	return out
}
