package devicelink

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
)

// ErrDown says that no device is connected, or that another session took its
// place.
var ErrDown = errors.New("devicelink: no session")

// Sessions keeps the one session of a door that is in force; a newer one ends the
// older.
type Sessions struct {
	Post   func(transaction.Event)
	Refuse func()            // counts a frame that was refused
	Down   transaction.Event // posted when the session in force ended

	turn   sync.Mutex // while events are posted, so that none of a replaced session comes behind its successor's
	newest uint64     // number of the session that was put in force last

	mu      sync.Mutex
	arrived uint64
	link    *Link
}

// Arrive numbers a device that was authenticated and is going to greet.
func (s *Sessions) Arrive() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived++
	return s.arrived
}

// Begin puts the session of this number in force and posts up. A session that was
// overtaken by one that arrived later is refused: the device has left it.
func (s *Sessions) Begin(link *Link, number uint64, up transaction.Event) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	if number < s.newest {
		return ErrDown
	}
	s.newest = number
	if old := s.replace(link); old != nil {
		_ = old.Close() // its receive loop ends and finds that it was replaced
		s.Post(s.Down)
	}
	s.Post(up)
	return nil
}

func (s *Sessions) replace(link *Link) (old *Link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, s.link = s.link, link
	return old
}

func (s *Sessions) current() *Link {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link
}

// End takes a session out of force, unless another took its place already.
func (s *Sessions) End(link *Link) {
	s.turn.Lock()
	defer s.turn.Unlock()
	if s.current() == link {
		s.replace(nil)
		s.Post(s.Down)
	}
}

// post tells what the session in force brought, and nothing of one that was
// replaced.
func (s *Sessions) post(link *Link, e transaction.Event) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	if s.current() != link {
		return ErrDown
	}
	s.Post(e)
	return nil
}

// Receive posts what parse makes of each frame, until the session ends. A frame
// that parse refuses ends it.
func (s *Sessions) Receive(conn net.Conn, link *Link, limit int, deadline time.Duration, parse func(kind byte, body []byte) (transaction.Event, error)) error {
	for {
		kind, body, err := ReadFrame(conn, limit, deadline)
		if err != nil {
			if PeerBroke(err) {
				s.Refuse()
			}
			return err
		}
		event, err := parse(kind, body)
		if err != nil {
			s.Refuse()
			return err
		}
		if err := s.post(link, event); err != nil {
			return err
		}
	}
}

// Order sends an order to the session in force and returns its bytes. A failed
// write ends the session, which is then reported as Down.
func (s *Sessions) Order(kind byte, message any) ([]byte, error) {
	link := s.current()
	if link == nil {
		return nil, ErrDown
	}
	sealed, err := link.Order(kind, message)
	if err != nil {
		_ = link.Close() // the receive loop reports the end
	}
	return sealed, err
}
