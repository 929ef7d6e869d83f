package siv

import (
	"crypto/cipher"
	"crypto/subtle"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// MAC is AES-CMAC (NIST SP 800-38B) under one key: the half of a Cipher that
// authenticates, for what is not sealed. Any number of goroutines may use it.
type MAC struct {
	block      cipher.Block
	full, part [Size]byte // subkeys K1 and K2 (SP 800-38B, 6.1)
	pool       sync.Pool  // of *state
	erase      func()
}

// NewMAC expands a key of 16 or 32 bytes, which the caller may clear then.
func NewMAC(key []byte) (*MAC, error) {
	block, erase, err := schedule.NewAES(key, nil)
	if err != nil {
		return nil, err
	}
	m := &MAC{block: block, erase: erase, pool: sync.Pool{New: func() any { return new(state) }}}
	block.Encrypt(m.full[:], m.full[:])
	double(&m.full)
	m.part = m.full
	double(&m.part)
	return m, nil
}

// Sum returns the tag of message.
func (m *MAC) Sum(message []byte) (tag [Size]byte) {
	s := m.take()
	defer m.give(s)
	s.finish(m, s.absorb(m, message))
	return s.chain
}

// Verify reports in constant time whether tag is that of message.
func (m *MAC) Verify(tag *[Size]byte, message []byte) bool {
	want := m.Sum(message)
	return subtle.ConstantTimeCompare(want[:], tag[:]) == 1
}

// Wipe erases the key. Nobody uses the MAC after it.
func (m *MAC) Wipe() {
	m.erase()
	clear(m.full[:])
	clear(m.part[:])
}

func (m *MAC) take() *state {
	s, ok := m.pool.Get().(*state)
	if !ok {
		panic("secureworld: internal error: a foreign object in a pool")
	}
	return s
}

func (m *MAC) give(s *state) {
	*s = state{}
	m.pool.Put(s)
}
