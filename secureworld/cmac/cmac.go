// Package cmac computes CMAC (NIST SP 800-38B; RFC 4493 for AES) over a block
// cipher that the caller made, usually one whose schedule was moved to secret
// memory, and derives keys with it (SP 800-108 in counter mode).
//
// The kernel authenticates and derives with CMAC rather than HMAC because this
// state is a plain array that can be cleared; that of HMAC cannot.
//
// The state of one call is a heap object, not a stack variable: a growing stack
// is copied and its old memory is not cleared. It is cleared before return.
//
// Every world but the app world may import it. It must never keep a key.
package cmac

import (
	"crypto/cipher"
	"crypto/subtle"
)

const (
	maxBlock = 16 // AES; TDES has 8
	minTag   = 8  // bytes; SP 800-38B, appendix A: below 64 bits guessing must be limited elsewhere
)

// Sum appends the tag over the concatenated parts to dst and returns the
// result. The tag has the length of b's block, 8 or 16 bytes.
func Sum(dst []byte, b cipher.Block, parts ...[]byte) []byte {
	return new(Room).Sum(dst, b, parts...)
}

// Verify reports in constant time whether tag, 8 bytes or more, begins the tag
// over the concatenated parts. Shorter and longer tags are never valid.
func Verify(b cipher.Block, tag []byte, parts ...[]byte) bool {
	return new(Room).Verify(b, tag, parts...)
}

// state is that of one message.
type state struct {
	size   int            // of a block
	subkey [maxBlock]byte // K1; K2 comes from it when it is needed
	chain  [maxBlock]byte // CBC chain, at the end the tag
	last   [maxBlock]byte // the block being filled, kept back: the last one is treated apart
	filled int
}

// Room is the state of one call after the other, for whoever makes so many that a new
// one for each is too much. It is cleared before each call returns. One goroutine uses
// it at a time.
type Room struct{ state state }

// Sum is the function Sum in this room.
func (r *Room) Sum(dst []byte, b cipher.Block, parts ...[]byte) []byte {
	r.state.start(b)
	defer r.state.wipe()
	return append(dst, r.state.sum(b, parts)...)
}

// Verify is the function Verify in this room.
func (r *Room) Verify(b cipher.Block, tag []byte, parts ...[]byte) bool {
	if len(tag) < minTag || len(tag) > b.BlockSize() {
		return false
	}
	r.state.start(b)
	defer r.state.wipe()
	return subtle.ConstantTimeCompare(r.state.sum(b, parts)[:len(tag)], tag) == 1
}

func start(b cipher.Block) *state {
	s := new(state)
	s.start(b)
	return s
}

// start makes the subkey, in a state of zeros.
func (s *state) start(b cipher.Block) {
	s.size = b.BlockSize()
	if s.size != 8 && s.size != maxBlock {
		panic("secureworld: internal error: CMAC over a cipher of another block length")
	}
	b.Encrypt(s.subkey[:s.size], s.subkey[:s.size])
	double(s.subkey[:s.size])
}

func (s *state) wipe() { *s = state{} }

func (s *state) sum(b cipher.Block, parts [][]byte) []byte {
	for _, p := range parts {
		s.write(b, p)
	}
	return s.finish(b)
}

func (s *state) write(b cipher.Block, p []byte) {
	for len(p) > 0 {
		if s.filled == s.size {
			s.absorb(b)
		}
		n := copy(s.last[s.filled:s.size], p)
		s.filled += n
		p = p[n:]
	}
}

// absorb chains the kept block.
func (s *state) absorb(b cipher.Block) {
	chain := s.chain[:s.size]
	subtle.XORBytes(chain, chain, s.last[:s.size])
	b.Encrypt(chain, chain)
	s.filled = 0
}

// finish masks the last block, padded with 80 00… and under K2 if it is not
// full, and returns the tag inside the state. SP 800-38B, 6.2.
func (s *state) finish(b cipher.Block) []byte {
	if s.filled < s.size {
		clear(s.last[s.filled:])
		s.last[s.filled] = 0x80
		double(s.subkey[:s.size])
	}
	subtle.XORBytes(s.last[:s.size], s.last[:s.size], s.subkey[:s.size])
	s.absorb(b)
	return s.chain[:s.size]
}

// restart begins another message under the same key.
func (s *state) restart(subkey []byte) {
	copy(s.subkey[:], subkey)
	clear(s.chain[:])
	s.filled = 0
}

// double multiplies by x in the field of the block's size, in constant time.
// SP 800-38B, 5.3: the polynomial is 87 for 128 bits, 1B for 64.
func double(k []byte) {
	poly := byte(0x87)
	if len(k) == 8 {
		poly = 0x1b
	}
	carry := -(k[0] >> 7)
	for i := range len(k) - 1 {
		k[i] = k[i]<<1 | k[i+1]>>7
	}
	k[len(k)-1] = k[len(k)-1]<<1 ^ poly&carry
}
