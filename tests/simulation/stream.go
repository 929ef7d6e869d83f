package main

import (
	"math/rand/v2"
)

// stream is one source of everything that a world does not decide by rule.
type stream struct{ *rand.Rand }

func newStream(seed, what uint64) stream {
	return stream{rand.New(rand.NewPCG(seed, what))}
}

func (s stream) intn(n int) int { return s.IntN(n) }

// fill fills b.
func (s stream) fill(b []byte) {
	for i := range b {
		b[i] = byte(s.Uint32())
	}
}

// Read makes a stream an io.Reader.
func (s stream) Read(b []byte) (int, error) {
	s.fill(b)
	return len(b), nil
}

func (s stream) chance(percent int) bool { return s.IntN(100) < percent }
