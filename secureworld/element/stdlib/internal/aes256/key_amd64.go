//go:build !purego && !stdaes

package aes256

import (
	"golang.org/x/sys/cpu"
	"unsafe"
)

// Vector reports whether this build and processor use vector registers.
func Vector() bool { return cpu.X86.HasAES && cpu.X86.HasSSSE3 }

// Key is an expanded key and a cipher.Block. Many goroutines may encipher and
// decipher at once; what changes the key is for one alone.
type Key struct {
	standard         // where the processor lacks the instructions
	forward, inverse *roundKeys
	vector           bool
}

// New prepares a Key in room, Room bytes of the caller's that it may leave
// unused.
func New(room []byte) *Key {
	both := (*[2]roundKeys)(unsafe.Pointer((*[Room]byte)(room)))
	return &Key{forward: &both[0], inverse: &both[1], vector: Vector()}
}

// Open expands a key, in place of one before.
func (k *Key) Open(key *[KeySize]byte) {
	if !k.vector {
		k.erase()
		k.open(key)
		return
	}
	expand(k.forward, key)
	invert(k.inverse, k.forward)
}

// Erase clears what Open expanded.
func (k *Key) Erase() {
	if !k.vector {
		k.erase()
		return
	}
	*k.forward, *k.inverse = roundKeys{}, roundKeys{}
}

// BlockSize is that of AES.
func (k *Key) BlockSize() int { return BlockSize }

// Encrypt enciphers the first block of src into dst.
func (k *Key) Encrypt(dst, src []byte) {
	if !k.vector {
		k.block.Encrypt(dst, src)
		return
	}
	encrypt(k.forward, (*[BlockSize]byte)(dst), (*[BlockSize]byte)(src))
}

// Decrypt deciphers the first block of src into dst.
func (k *Key) Decrypt(dst, src []byte) {
	if !k.vector {
		k.block.Decrypt(dst, src)
		return
	}
	decrypt(k.inverse, (*[BlockSize]byte)(dst), (*[BlockSize]byte)(src))
}

// EncryptTwice enciphers the first block of field, adds two words to it, in big-endian
// order, and enciphers it again: ISO 9564-1, format 4.
func (k *Key) EncryptTwice(field []byte, left, right uint64) {
	if !k.vector {
		k.encryptTwice(field, left, right)
		return
	}
	encryptTwice(k.forward, (*[BlockSize]byte)(field), left, right)
}

// DecryptTwice is EncryptTwice the other way.
func (k *Key) DecryptTwice(field []byte, left, right uint64) {
	if !k.vector {
		k.decryptTwice(field, left, right)
		return
	}
	decryptTwice(k.inverse, (*[BlockSize]byte)(field), left, right)
}

// Derive enciphers the blocks (first, rest) and (second, rest), words in big-endian
// order, under key into out, which may be key: one step of a derivation. A key that is
// open is closed by it in the default form; this one leaves it.
func (k *Key) Derive(out, key *[KeySize]byte, first, second, rest uint64) {
	if !k.vector {
		k.erase()
		k.derive(out, key, first, second, rest)
		return
	}
	derive(out, key, first, second, rest)
}

// Pair is Derive under the key that is open, and leaves it so.
func (k *Key) Pair(out *[KeySize]byte, first, second, rest uint64) {
	if !k.vector {
		k.pair(out, first, second, rest)
		return
	}
	pair(k.forward, out, first, second, rest)
}
