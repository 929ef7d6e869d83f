package offlinepin

import "encoding/binary"

// limbs hold the longest modulus that oda allows, 1984 bits.
const limbs = 1984 / 64

// number is little-endian in its limbs.
type number [limbs]uint64

// rooms is everything that a PIN is enciphered in, and the modulus.
type rooms struct {
	data     [limbs * 8]byte   // what is enciphered
	value    number            // the same, then its powers
	base     number            // the same in Montgomery form
	sum      [limbs + 2]uint64 // of a multiplication
	reduced  number            // sum less the modulus
	modulus  number            // public, as all below
	square   number            // R*R modulo the modulus, R = 2^(64k)
	k        int               // limbs in use
	minusInv uint64            // -1/modulus modulo 2^64
}

func (r *rooms) wipe() { *r = rooms{} }

// set reads a big-endian number, byte by byte and without a copy.
func (n *number) set(b []byte) {
	*n = number{}
	for i := range b {
		n[i/8] |= uint64(b[len(b)-1-i]) << (8 * (i % 8))
	}
}

// result writes the value, which is public by now, as size bytes.
func (r *rooms) result(size int) []byte {
	var out [limbs * 8]byte
	for i, limb := range r.value {
		binary.BigEndian.PutUint64(out[8*(limbs-1-i):], limb)
	}
	return append([]byte(nil), out[len(out)-size:]...)
}
