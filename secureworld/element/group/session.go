package group

import (
	"crypto/ed25519"
	"sync"
	"sync/atomic"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/channel"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// session is a client's. A counter serves twice: once for an answer's SIV alone and
// once for the answer itself, since the MCU learns only by comparing whom to ask for
// it. Both are the same answer.
type session struct {
	opened [32]byte // hash of the Open
	client [ed25519.PublicKeySize]byte
	keys   *channel.Keys
	votes  *channel.Votes // nil: the client wants none of this member
	used   atomic.Uint64  // when, in the order of uses
	users  atomic.Int32   // the epoch, and each question under way

	compared, led window
}

func (s *session) window(lead bool) *window {
	if lead {
		return &s.led
	}
	return &s.compared
}

// release ends one use; the last erases the keys.
func (s *session) release() {
	if s.users.Add(-1) > 0 {
		return
	}
	s.keys.Wipe()
	if s.votes != nil {
		s.votes.Wipe()
	}
}

// sessions are those of one epoch, bounded: the one that was used least recently goes.
type sessions struct {
	clock atomic.Uint64

	mu    sync.RWMutex
	open  map[door.SessionID]*session // guarded by mu
	ended map[door.SessionID]struct{} // guarded by mu
}

func newSessions() *sessions {
	return &sessions{open: make(map[door.SessionID]*session), ended: make(map[door.SessionID]struct{})}
}

// get returns nil for one that is not open. The caller releases it.
func (s *sessions) get(id door.SessionID) *session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := s.open[id]
	if found != nil {
		found.users.Add(1)
		found.used.Store(s.clock.Add(1))
	}
	return found
}

// known tells a session that is open from the same Open, which is fine, and an
// identifier that was used for another one.
func (s *sessions) known(id door.SessionID, opened [32]byte) (same bool, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if _, ended := s.ended[id]; ended {
		return false, refusal(door.CodeReplay)
	}
	switch found := s.open[id]; {
	case found == nil:
		return false, nil
	case found.opened == opened:
		return true, nil
	}
	return false, refusal(door.CodeReplay)
}

// add takes a session in, and keeps it for itself: the caller still releases it.
func (s *sessions) add(id door.SessionID, one *session) error {
	if same, err := s.known(id, one.opened); same || err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[id] != nil {
		return nil // the same Open on two connections
	}
	if len(s.ended) >= maxEnded {
		return refusal(door.CodeSession)
	}
	if victim, ok := s.victim(one.client); ok {
		s.open[victim].release()
		delete(s.open, victim)
		s.ended[victim] = struct{}{}
	}
	one.used.Store(s.clock.Add(1))
	one.users.Add(1)
	s.open[id] = one
	return nil
}

// victim is the session that has to go for one more of this client. Under mu.
func (s *sessions) victim(client [ed25519.PublicKeySize]byte) (id door.SessionID, ok bool) {
	of := 0
	for _, one := range s.open {
		if one.client == client {
			of++
		}
	}
	if of < maxOfClient && len(s.open) < maxSessions {
		return id, false
	}
	oldest := ^uint64(0)
	for candidate, one := range s.open {
		if used := one.used.Load(); used <= oldest && (of < maxOfClient || one.client == client) {
			id, oldest = candidate, used
		}
	}
	return id, true
}

func (s *sessions) count() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.open)
}

func (s *sessions) wipe() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.open {
		one.release()
	}
	clear(s.open)
	clear(s.ended)
}
