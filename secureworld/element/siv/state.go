package siv

import (
	"crypto/subtle"
	"encoding/binary"
)

// state is that of one call. The ciphers see its arrays only: what a cipher behind an
// interface sees must lie on the heap, and the caller's data need not.
type state struct {
	chain  [Size]byte // of CMAC, at the end of vector the SIV
	last   [Size]byte // block kept back, because the last one is treated apart
	d      [Size]byte // D of S2V
	tail   [Size]byte
	pad    [Size]byte // key stream
	filled int        // of last
}

// vector is S2V (RFC 5297, section 2.4) over the associated data and the plaintext. The
// result is in chain.
func (s *state) vector(c *Cipher, plaintext []byte, associated [][]byte) {
	s.d = c.zero
	for _, a := range associated {
		s.begin()
		s.write(c.mac, a)
		s.finish(c.mac)
		double(&s.d)
		xor(&s.d, &s.chain)
	}
	s.begin()
	if n := len(plaintext) - Size; n >= 0 {
		s.tail = [Size]byte(plaintext[n:])
		xor(&s.tail, &s.d)
		s.write(c.mac, plaintext[:n])
	} else {
		clear(s.tail[:])
		s.tail[copy(s.tail[:], plaintext)] = 0x80
		double(&s.d)
		xor(&s.tail, &s.d)
	}
	s.write(c.mac, s.tail[:])
	s.finish(c.mac)
}

// stream enciphers or deciphers b with the SIV in chain (RFC 5297, section 2.6): two
// bits of the counter's start are cleared, so that 64 bits never overflow.
func (s *state) stream(c *Cipher, b []byte) {
	s.d = s.chain
	s.d[8] &= 0x7f
	s.d[12] &= 0x7f
	low := binary.BigEndian.Uint64(s.d[8:])
	for len(b) > 0 {
		c.ctr.Encrypt(s.pad[:], s.d[:])
		b = b[subtle.XORBytes(b, b, s.pad[:]):]
		low++
		binary.BigEndian.PutUint64(s.d[8:], low)
	}
}

// begin starts a CMAC.
func (s *state) begin() {
	clear(s.chain[:])
	s.filled = 0
}

func (s *state) write(m *MAC, p []byte) {
	for len(p) > 0 {
		if s.filled == Size {
			s.absorb(m)
		}
		n := copy(s.last[s.filled:], p)
		s.filled += n
		p = p[n:]
	}
}

func (s *state) absorb(m *MAC) {
	xor(&s.chain, &s.last)
	m.block.Encrypt(s.chain[:], s.chain[:])
	s.filled = 0
}

// finish is the last block of CMAC (SP 800-38B, 6.2).
func (s *state) finish(m *MAC) {
	subkey := &m.full
	if s.filled < Size {
		clear(s.last[s.filled:])
		s.last[s.filled] = 0x80
		subkey = &m.part
	}
	xor(&s.last, subkey)
	s.absorb(m)
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
