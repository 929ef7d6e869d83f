//go:build cgo && linux

package main

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ebfe/scard"
)

var (
	errDeadline = errors.New("the card does not answer")
	errShort    = errors.New("the card left")
	errCommand  = errors.New("not a command")
)

// slot is a reader by its name, and the session with the card in it.
type slot struct {
	reader string

	mu  sync.Mutex
	now *session // nil where there is none; guarded by mu
}

func newSlot(reader string) line { return &slot{reader: reader} }

// transmit connects where there is no session.
func (s *slot) transmit(command []byte) ([]byte, error) {
	if len(command) < minCommand || len(command) > maxCommand {
		return nil, errCommand
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil {
		now, err := connect(s.reader)
		if err != nil {
			return nil, fmt.Errorf("connecting to the card: %w", err)
		}
		s.now = now
	}
	answer, err := s.now.exchange(command)
	if err != nil {
		s.now.end()
		s.now = nil
	}
	return answer, err
}

func (s *slot) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now != nil {
		s.now.end()
		s.now = nil
	}
}

// session is one context and one handle, owned by one worker: a mute card holds
// the call to it without limit, and then the worker is left behind with it.
type session struct {
	questions chan []byte
	answers   chan answer
	over      chan struct{} // closed by end
	left      chan struct{} // closed when the card was let go
}

type answer struct {
	bytes []byte
	err   error
}

// connect takes the card exclusively.
func connect(reader string) (*session, error) {
	s := &session{
		questions: make(chan []byte), answers: make(chan answer),
		over: make(chan struct{}), left: make(chan struct{}),
	}
	go s.work(reader)
	select {
	case a := <-s.answers:
		return s, a.err
	case <-time.After(connectDeadline):
		s.end()
		return nil, errDeadline
	}
}

// work reports how connecting went, and then answers questions until the end.
func (s *session) work(reader string) {
	defer close(s.left)
	sc, err := scard.EstablishContext()
	if err != nil {
		s.reply(answer{err: err})
		return
	}
	defer func() { _ = sc.Release() }()
	card, err := sc.Connect(reader, scard.ShareExclusive, scard.ProtocolAny)
	if err != nil {
		s.reply(answer{err: err})
		return
	}
	defer func() { _ = card.Disconnect(scard.LeaveCard) }()
	if p := card.ActiveProtocol(); p != scard.ProtocolT0 && p != scard.ProtocolT1 {
		s.reply(answer{err: errors.New("the card speaks neither T=0 nor T=1")})
		return
	}
	for s.reply(answer{}); ; {
		select {
		case q := <-s.questions:
			b, err := card.Transmit(q)
			clear(q)
			s.reply(answer{b, err})
		case <-s.over:
			return
		}
	}
}

// reply wipes what nobody waits for any more.
func (s *session) reply(a answer) {
	select {
	case s.answers <- a:
	case <-s.over:
		clear(a.bytes)
	}
}

// exchange sends a copy, which the worker wipes. A pulled card answers nothing at
// all, without an error.
func (s *session) exchange(command []byte) ([]byte, error) {
	deadline := time.NewTimer(commandDeadline)
	defer deadline.Stop()
	s.questions <- append(make([]byte, 0, len(command)), command...) // the worker is at rest
	select {
	case a := <-s.answers:
		if a.err == nil && len(a.bytes) < 2 {
			a.err = errShort
		}
		return a.bytes, a.err
	case <-deadline.C:
		return nil, errDeadline
	}
}

// end lets the card go, and waits for it where the card lets go too.
func (s *session) end() {
	close(s.over)
	select {
	case <-s.left:
	case <-time.After(leaveWithin):
	}
}
