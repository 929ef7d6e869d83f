// Package tdes is TDES with double-length keys, and DES (NIST SP 800-67) for what is
// made of it, for the issuer's verbs of one element: few blocks under each of many
// keys.
//
// No table is looked up and nothing branches on keys or data, so the time depends on
// neither and no cache line tells one key from another. Bits of keys move in swaps by
// fixed distances (a Benes network); a bit of an S-box is one bit of a 64-bit truth
// table, rotated by the box's input to where the permutation after the boxes wants it.
// The standard library takes its schedules bit by bit and its S-boxes from tables in
// memory; the tests hold this to it.
//
// The element's engine imports it. It must never keep a key after Erase.
package tdes

import (
	"encoding/binary"
	"math/bits"
)

// Sizes in bytes.
const (
	KeySize   = 16 // K1 K2, and K1 again
	BlockSize = 8
)

const rounds = 16

// subkeys of one DES key: the inputs of S-boxes 1, 3, 5, 7 and 2, 4, 6, 8.
type subkeys [rounds][2]uint32

// Key is an expanded key and a cipher.Block. Many goroutines may use it at once; what
// changes it is for one alone. The zero Key is that of zeros under no cipher: Open
// comes first.
type Key struct {
	outer, inner subkeys
	single       bool
}

// Open expands K1 and K2. Parity bits count for nothing.
func (k *Key) Open(key *[KeySize]byte) {
	k.single = false
	expand(&k.outer, binary.BigEndian.Uint64(key[:8]))
	expand(&k.inner, binary.BigEndian.Uint64(key[8:]))
}

// OpenSingle expands one DES key, as MAC algorithm 3 of ISO 9797-1 needs it.
func (k *Key) OpenSingle(key *[BlockSize]byte) {
	k.single = true
	expand(&k.outer, binary.BigEndian.Uint64(key[:]))
	k.inner = subkeys{}
}

// Erase clears the key.
func (k *Key) Erase() { *k = Key{} }

// expand makes the subkeys. Both halves, 28 bits each, are kept in the low bits of
// the 32-bit halves of one word.
func expand(to *subkeys, key uint64) {
	const late = 0b1000000100000011 // rounds 1, 2, 9 and 16 rotate by one, the others by two
	x := choose1(key) & 0x0fffffff_0fffffff
	for i := range to {
		x = rotate(x)
		if late>>i&1 == 0 {
			x = rotate(x)
		}
		y := choose2(x)
		c, d := uint32(y), uint32(y>>32)
		to[i][0] = c&0xfcfc0000 | d&0x0000fcfc
		to[i][1] = c<<16&0xfcfc0000 | d>>16&0x0000fcfc
	}
}

// rotate rotates both halves left by one.
func rotate(x uint64) uint64 {
	return x<<1&0x0ffffffe_0ffffffe | x>>27&0x00000001_00000001
}

// exchange swaps the bits of mask with those by distance above them.
func exchange(x uint64, distance int, mask uint64) uint64 {
	t := (x>>distance ^ x) & mask
	return x ^ t ^ t<<distance
}

// choose1 is permuted choice 1: the left half low, the right one high.
func choose1(x uint64) uint64 {
	x = exchange(x, 32, 0x00000000e0e0e0e0)
	x = exchange(x, 16, 0x00003d3d00007979)
	x = exchange(x, 8, 0x005b005b00b500b5)
	x = exchange(x, 4, 0x0f0f0f0f01010101)
	x = exchange(x, 2, 0x0303303021211212)
	x = exchange(x, 1, 0x0550055005500550)
	x = exchange(x, 8, 0x00aa00aa00aa00aa)
	x = exchange(x, 16, 0x0000cccc0000cccc)
	x = exchange(x, 32, 0x000000000f0f0f00)
	return x
}

// choose2 is permuted choice 2, of both halves at once: from the left one the inputs
// of S-boxes 1, 3 and 2, 4; from the right one those of 6, 8 and 5, 7; each in the
// upper six bits of a byte.
func choose2(x uint64) uint64 {
	x = exchange(x, 16, 0x0000c4420000cea0)
	x = exchange(x, 8, 0x0077003000f90011)
	x = exchange(x, 4, 0x020f0c03030b0c07)
	x = exchange(x, 2, 0x2130330133000303)
	x = exchange(x, 1, 0x4010104440400045)
	x = exchange(x, 2, 0x2020200020000000)
	x = exchange(x, 4, 0x0404000808000c0c)
	x = exchange(x, 8, 0x0038000000e40004)
	x = exchange(x, 16, 0x0000b70000001f08)
	return x
}

// feistel is the round function. Each S-box takes six bits of r with a neighbour on
// both sides: those of the odd boxes lie a byte apart after one rotation, those of
// the even ones after another.
func feistel(r uint32, k *[2]uint32) (f uint64) {
	u, v := bits.RotateLeft32(r, -1)^k[0], bits.RotateLeft32(r, 3)^k[1]
	x := int(u >> 26)
	f |= bits.RotateLeft64(0x78b607d9825f7a24, x)&(1<<1) |
		bits.RotateLeft64(0xe3e41924ae5f9253, x)&(1<<9) |
		bits.RotateLeft64(0x1e92d8e1e30dbd64, x)&(1<<15) |
		bits.RotateLeft64(0x615e92b961986e67, x)&(1<<23)
	x = int(v >> 26)
	f |= bits.RotateLeft64(0x530ea5ad6259f8b4, x)&(1<<14) |
		bits.RotateLeft64(0x1768ab1761fc94a3, x)&(1<<30) |
		bits.RotateLeft64(0xf86c592d0793e2d2, x)&(1<<4) |
		bits.RotateLeft64(0x396769869879a65c, x)&(1<<19)
	x = int(u >> 18)
	f |= bits.RotateLeft64(0xae31cd8e92cb5534, x)&(1<<26) |
		bits.RotateLeft64(0x976a1ce1834ceb74, x)&(1<<2) |
		bits.RotateLeft64(0x5ec958c2ad36a53c, x)&(1<<16) |
		bits.RotateLeft64(0x1273ad2d692cd396, x)&(1<<8)
	x = int(v >> 18)
	f |= bits.RotateLeft64(0x583eed90e71992c3, x)&(1<<31) |
		bits.RotateLeft64(0x4b78b4459ac7399a, x)&(1<<22) |
		bits.RotateLeft64(0x0a65c631d2da7d2e, x)&(1<<12) |
		bits.RotateLeft64(0x0d04dbcc73e1a4be, x)&(1<<6)
	x = int(u >> 10)
	f |= bits.RotateLeft64(0x92da6cc944a75bb4, x)&(1<<29) |
		bits.RotateLeft64(0xba0f49639cd0e3d4, x)&(1<<7) |
		bits.RotateLeft64(0x344c29ced4b34eb3, x)&(1<<18) |
		bits.RotateLeft64(0x3cad677284e2590f, x)&(1<<24)
	x = int(v >> 10)
	f |= bits.RotateLeft64(0x4f0fa695b16a4cb1, x)&(1<<13) |
		bits.RotateLeft64(0x6d8f21f4d296da12, x)&(1<<21) |
		bits.RotateLeft64(0x65967a86b1c99639, x)&(1<<3) |
		bits.RotateLeft64(0x752daa45bb52c4b2, x)&(1<<28)
	x = int(u >> 2)
	f |= bits.RotateLeft64(0x4a79a5c4b1965a7a, x)&(1<<25) |
		bits.RotateLeft64(0x0e93cac17d4ab17c, x)&(1<<10) |
		bits.RotateLeft64(0xf32cd3672c38784c, x)&(1<<20) |
		bits.RotateLeft64(0xcd36d2683f0dc692, x)&(1<<0)
	x = int(v >> 2)
	f |= bits.RotateLeft64(0xe3986b38146f9d43, x)&(1<<11) |
		bits.RotateLeft64(0x3c4f9469a394c3f2, x)&(1<<17) |
		bits.RotateLeft64(0xa955a6a35a5ca725, x)&(1<<5) |
		bits.RotateLeft64(0xc24bd5e839d68e31, x)&(1<<27)
	return f
}
