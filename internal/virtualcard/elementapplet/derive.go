package elementapplet

import (
	"crypto/aes"
	"encoding/binary"
	"math/bits"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Key usage indicators of the derivation data (ANSI X9.24-3). Directions are the
// terminal's: it generates with 2000 what is verified here.
const (
	usagePIN        = 0x1000
	usageMACThere   = 0x2000
	usageMACHere    = 0x2001
	usageData       = 0x3000
	usageDerivation = 0x8000
	usageInitial    = 0x8001
)

// AES-256 in derivation data: its algorithm indicator and its length in bits.
const (
	indicatorAES256 = 4
	bitsAES256      = 256
)

type key = [keySize]byte

// child derives a key of two blocks: each is the parent's encryption of
//
//	01 | block number | usage | algorithm | length in bits | 8 bytes of context
func child(parent *key, usage uint16, context [8]byte) (out key) {
	cipher, err := aes.NewCipher(parent[:])
	if err != nil {
		panic("elementapplet: internal error: an AES key has another size")
	}
	for n := range keySize / blockSize {
		half := out[n*blockSize : (n+1)*blockSize]
		half[0], half[1] = 1, byte(n+1)
		binary.BigEndian.PutUint16(half[2:], usage)
		binary.BigEndian.PutUint16(half[4:], indicatorAES256)
		binary.BigEndian.PutUint16(half[6:], bitsAES256)
		copy(half[8:], context[:])
		cipher.Encrypt(half, half)
	}
	return out
}

// workingKey derives the key of one transaction for one use.
func workingKey(bdk *key, ksn element.KSN, usage uint16) (key, bool) {
	counter := binary.BigEndian.Uint32(ksn[8:])
	if counter == 0 || bits.OnesCount32(counter) > maxOneBits {
		return key{}, false
	}
	initial := child(bdk, usageInitial, [8]byte(ksn[:8]))
	intermediate := node(&initial, [4]byte(ksn[4:8]), counter)
	defer func() { clear(initial[:]); clear(intermediate[:]) }()
	return child(&intermediate, usage, context([4]byte(ksn[4:8]), counter)), true
}

// node is the derivation key at a counter: the tree's parent of a counter is the
// one without its lowest one-bit, and the root is the initial key.
func node(initial *key, id [4]byte, counter uint32) key {
	if counter == 0 {
		return *initial
	}
	parent := node(initial, id, counter&(counter-1))
	defer clear(parent[:])
	return child(&parent, usageDerivation, context(id, counter))
}

// context is what derivation data end with, below the initial key.
func context(id [4]byte, counter uint32) (c [8]byte) {
	copy(c[:], id[:])
	binary.BigEndian.PutUint32(c[4:], counter)
	return c
}
