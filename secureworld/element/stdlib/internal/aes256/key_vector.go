//go:build goexperiment.simd && amd64

package aes256

import (
	"simd/archsimd"
	"unsafe"
)

// Vector reports whether this build and processor use vector registers.
func Vector() bool { return archsimd.X86.AVX() && archsimd.X86.AVXAES() }

// Key is an expanded key and a cipher.Block. Many goroutines may encipher and
// decipher at once; what changes the key is for one alone.
type Key struct {
	standard         // where the processor lacks the instructions
	forward, inverse *schedules
	vector           bool
}

type schedules [rounds][BlockSize]byte

// New prepares a Key in room, Room bytes of the caller's that it may leave
// unused.
func New(room []byte) *Key {
	both := (*[2]schedules)(unsafe.Pointer((*[Room]byte)(room)))
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
	*k.forward, *k.inverse = schedules{}, schedules{}
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

// Derive enciphers the two blocks of data under key into out, which may be key:
// one step of a derivation. A key that is open is closed by it in the default
// form; this one leaves it.
func (k *Key) Derive(out, key, data *[KeySize]byte) {
	if !k.vector {
		k.erase()
		k.derive(out, key, data)
		return
	}
	derive(out, key, data)
}
