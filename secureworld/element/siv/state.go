package siv

import (
	"crypto/subtle"
	"encoding/binary"
)

// state is that of one call. The ciphers see its arrays only: what a cipher behind an
// interface sees must lie on the heap, and the caller's data need not.
type state struct {
	chain [Size]byte     // of CMAC, at the end of vector the SIV
	d     [Size]byte     // D of S2V; of stream, the counter
	pad   [Size]byte     // key stream
	tail  [2 * Size]byte // the end of the plaintext, with D added
}

// vector is S2V (RFC 5297, section 2.4) over the associated data and the plaintext. The
// result is in chain.
func (s *state) vector(c *Cipher, plaintext []byte, associated [][]byte) {
	s.d = c.zero
	for _, a := range associated {
		clear(s.chain[:])
		s.finish(c.mac, s.absorb(c.mac, a))
		double(&s.d)
		xor(&s.d, &s.chain)
	}
	clear(s.chain[:])
	n := len(plaintext) - Size
	if n < 0 {
		clear(s.tail[:Size])
		s.tail[copy(s.tail[:], plaintext)] = 0x80
		double(&s.d)
		xor((*[Size]byte)(s.tail[:]), &s.d)
		s.finish(c.mac, s.tail[:Size])
		return
	}
	// D is added to the last 16 bytes, which lie in two blocks: those before them are
	// chained from where they are.
	whole := n &^ (Size - 1)
	s.chainAll(c.mac, plaintext[:whole])
	rest := s.tail[:copy(s.tail[:], plaintext[whole:])]
	xor((*[Size]byte)(rest[n-whole:]), &s.d)
	s.finish(c.mac, s.absorb(c.mac, rest))
}

// stream enciphers or deciphers b with the SIV in chain (RFC 5297, section 2.6): two
// bits of the counter's start are cleared, so that 64 bits never overflow.
func (s *state) stream(c *Cipher, b []byte) {
	s.d = s.chain
	s.d[8] &= 0x7f
	s.d[12] &= 0x7f
	low := binary.BigEndian.Uint64(s.d[8:])
	for len(b) >= Size {
		c.ctr.Encrypt(s.pad[:], s.d[:])
		xor((*[Size]byte)(b), &s.pad)
		b = b[Size:]
		low++
		binary.BigEndian.PutUint64(s.d[8:], low)
	}
	if len(b) > 0 {
		c.ctr.Encrypt(s.pad[:], s.d[:])
		subtle.XORBytes(b, b, s.pad[:])
	}
}

// absorb chains all blocks of a message but its last one, which may be short and is
// returned.
func (s *state) absorb(m *MAC, p []byte) (last []byte) {
	if len(p) <= Size {
		return p
	}
	whole := (len(p) - 1) &^ (Size - 1)
	s.chainAll(m, p[:whole])
	return p[whole:]
}

// chainAll chains whole blocks.
func (s *state) chainAll(m *MAC, p []byte) {
	for ; len(p) >= Size; p = p[Size:] {
		xor(&s.chain, (*[Size]byte)(p))
		m.block.Encrypt(s.chain[:], s.chain[:])
	}
}

// finish is the last block of CMAC (SP 800-38B, 6.2).
func (s *state) finish(m *MAC, last []byte) {
	if len(last) == Size {
		xor(&s.chain, (*[Size]byte)(last))
		xor(&s.chain, &m.full)
	} else {
		for i, b := range last {
			s.chain[i] ^= b
		}
		s.chain[len(last)] ^= 0x80
		xor(&s.chain, &m.part)
	}
	m.block.Encrypt(s.chain[:], s.chain[:])
}

func xor(dst, b *[Size]byte) {
	low := binary.LittleEndian.Uint64(dst[:8]) ^ binary.LittleEndian.Uint64(b[:8])
	high := binary.LittleEndian.Uint64(dst[8:]) ^ binary.LittleEndian.Uint64(b[8:])
	binary.LittleEndian.PutUint64(dst[:8], low)
	binary.LittleEndian.PutUint64(dst[8:], high)
}

// double multiplies by x in the field of RFC 5297, section 2.3, in constant time.
func double(b *[Size]byte) {
	high, low := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	carry := -(high >> 63)
	binary.BigEndian.PutUint64(b[:8], high<<1|low>>63)
	binary.BigEndian.PutUint64(b[8:], low<<1^carry&0x87)
}
