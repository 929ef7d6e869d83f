package upstream

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
)

// question names what an answer is matched by.
type question struct{ mti, stan, rrn, terminal string }

// answerTo is what the answer to m is known by.
func answerTo(m *codec.Message) question {
	mti := m.MTI[:2] + "10"
	if m.MTI[2] == '2' {
		mti = m.MTI[:2] + "30" // 0420 and 0421: 0430
	}
	return question{mti, m.String(11), m.String(37), m.String(41)}
}

// session is one connection.
type session struct {
	link *Link
	conn net.Conn
	done chan struct{} // closed when it ends
	end  sync.Once

	writing sync.Mutex // one frame at a time

	mu      sync.Mutex
	waiting map[question]chan *codec.Message // guarded by mu; room for one
}

func newSession(l *Link, conn net.Conn) *session {
	return &session{link: l, conn: conn, done: make(chan struct{}), waiting: map[question]chan *codec.Message{}}
}

// ask is Link.Ask on this connection.
func (s *session) ask(ctx context.Context, m *codec.Message) (*codec.Message, error) {
	wire, err := s.link.cfg.Profile.Pack(m)
	if err != nil {
		return nil, ErrProfile
	}
	defer clear(wire)
	q, answer := answerTo(m), make(chan *codec.Message, 1)
	if !s.wait(q, answer) {
		return nil, ErrDown // the same question is under way
	}
	defer s.forget(q)
	if !s.write(wire) {
		return nil, ErrUnknown
	}
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
	case <-s.done:
	}
	select { // both may have come at once
	case a := <-answer:
		return a, nil
	default:
		return nil, ErrUnknown
	}
}

func (s *session) wait(q question, answer chan *codec.Message) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, twice := s.waiting[q]; twice || len(s.waiting) >= maxWaiting {
		return false
	}
	s.waiting[q] = answer
	return true
}

func (s *session) forget(q question) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, q)
}

// write sends one frame; the connection ends where it did not go out whole.
func (s *session) write(wire []byte) bool {
	s.writing.Lock()
	defer s.writing.Unlock()
	_ = s.conn.SetWriteDeadline(time.Now().Add(writeDeadline))
	if _, err := s.conn.Write(wire); err != nil {
		s.close()
		return false
	}
	return true
}

// read hands answers to whoever waits, until the connection ends.
func (s *session) read() {
	defer s.close()
	r := bufio.NewReaderSize(s.conn, hostspec.MaxMessage)
	for {
		_ = s.conn.SetReadDeadline(time.Now().Add(silence))
		wire, err := s.link.cfg.Profile.ReadWire(r)
		if err != nil {
			return
		}
		if wire == nil {
			continue // keep-alive
		}
		m, err := s.link.cfg.Profile.Unpack(wire)
		if err != nil {
			s.link.strange.Add(1) // the framing holds; its question, if any, gets no answer
			continue
		}
		s.deliver(m)
	}
}

// deliver gives an answer to its question once; a second one is late.
func (s *session) deliver(m *codec.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := question{m.MTI, m.String(11), m.String(37), m.String(41)}
	answer, waits := s.waiting[q]
	if !waits {
		s.link.late.Add(1)
		return
	}
	delete(s.waiting, q)
	answer <- m
}

func (s *session) close() {
	s.end.Do(func() { close(s.done); _ = s.conn.Close() })
}

func (s *session) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

func sixDigits(n uint32) string { return fmt.Sprintf("%06d", n%1_000_000) }
