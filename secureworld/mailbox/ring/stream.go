//go:build linux

package ring

import (
	"errors"
	"io"
	"net"
	"sync"
)

// ErrPeer reports memory that no orderly peer leaves: a number that is impossible,
// bells without end, or bytes on the socket.
var ErrPeer = errors.New("ring: peer broke the ring")

// source is the reading end of a stream.
type source struct {
	stream
	waiter
	mu    sync.Mutex // held by a read
	taken uint32     // our own number; the copy in memory is for the peer
	seen  uint32     // the peer's, when last looked at
}

// read copies out what there is, waiting for the first byte.
func (s *source) read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		over := s.over.Load() // before the number: what was written before the end is read
		if s.closed.Load() {
			return 0, net.ErrClosed
		}
		if _, err := s.left(); err != nil {
			return 0, err
		}
		n, err := s.ready()
		switch {
		case err != nil:
			return 0, err
		case n > 0 || len(b) == 0:
			return s.take(b[:min(len(b), n)]), nil
		case over:
			return 0, io.EOF
		}
		if err := s.wait(s.taken); err != nil {
			return 0, err
		}
	}
}

// ready is how many bytes there are: the peer's number is fetched once, and neither
// goes back nor beyond what fits.
func (s *source) ready() (int, error) {
	written := s.written.Load()
	if n := written - s.taken; n <= capacity && n >= s.seen-s.taken {
		s.seen = written
		return int(n), nil
	}
	return 0, ErrPeer
}

func (s *source) take(b []byte) int {
	at := s.taken % capacity
	n := copy(b, s.bytes[at:])
	copy(b[n:], s.bytes)
	s.taken += uint32(len(b)) //nolint:gosec // at most capacity
	s.bells = 0
	s.stream.read.Store(s.taken)
	if s.waitsForRoom.Load() != 0 {
		wake(s.stream.read, 1)
	}
	return len(b)
}

// sink is the writing end of a stream.
type sink struct {
	stream
	waiter
	mu   sync.Mutex // held by a write
	put  uint32     // our own number
	seen uint32     // the peer's, when last looked at
}

// write copies in all of b, waiting for room where there is none.
func (s *sink) write(b []byte) (total int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if s.closed.Load() || s.over.Load() {
			return total, net.ErrClosed
		}
		if _, err := s.left(); err != nil {
			return total, err
		}
		room, err := s.room()
		if err != nil {
			return total, err
		}
		n := min(len(b), room)
		s.give(b[:n])
		if total, b = total+n, b[n:]; len(b) == 0 {
			return total, nil
		}
		if err := s.wait(s.seen); err != nil {
			return total, err
		}
	}
}

// room is how many bytes fit: what the peer has read neither goes back nor beyond
// what was written.
func (s *sink) room() (int, error) {
	read := s.read.Load()
	if n := s.put - read; n <= s.put-s.seen {
		s.seen = read
		return int(capacity - n), nil
	}
	return 0, ErrPeer
}

func (s *sink) give(b []byte) {
	if len(b) == 0 {
		return
	}
	n := copy(s.bytes[s.put%capacity:], b)
	copy(s.bytes, b[n:])
	s.put += uint32(len(b)) //nolint:gosec // at most capacity
	s.bells = 0
	s.written.Store(s.put)
	if s.waitsForMore.Load() != 0 {
		wake(s.written, 1)
	}
}
