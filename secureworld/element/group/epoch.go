package group

import (
	"crypto/ecdh"
	"sync"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/siv"
)

// epoch is one agreement in force. Its secrets live as long as it.
type epoch struct {
	transcript *door.Transcript
	hash       [32]byte
	self       int // index of this member
	key        func() *ecdh.PrivateKey
	chance     *siv.Cipher // the group's randomness, as a function of the question
	sessions   *sessions
	draining   atomic.Bool // another one has begun: no new sessions

	use  sync.RWMutex // held for reading by who uses it
	gone bool         // guarded by use
}

// enter reports whether the epoch still is; then the caller leaves it.
func (e *epoch) enter() bool {
	e.use.RLock()
	if e.gone {
		e.use.RUnlock()
		return false
	}
	return true
}

func (e *epoch) leave() { e.use.RUnlock() }

// zeroise waits for those within.
func (e *epoch) zeroise() {
	e.use.Lock()
	defer e.use.Unlock()
	if e.gone {
		return
	}
	e.gone = true
	e.sessions.wipe()
	e.chance.Wipe()
	e.key = nil
}

// epochs are those that a member serves: the active one, and one that drains.
type epochs struct {
	mu    sync.RWMutex
	held  []*epoch    // newest first; guarded by mu
	drain *time.Timer // of the one that drains, nil if there was none; guarded by mu
}

// get enters an epoch, or returns nil.
func (s *epochs) get(group door.GroupID, number uint32) *epoch {
	if e := s.find(group, number); e != nil && e.enter() {
		return e
	}
	return nil
}

func (s *epochs) find(group door.GroupID, number uint32) *epoch {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, e := range s.held {
		if e.transcript.Group == group && e.transcript.Epoch == number {
			return e
		}
	}
	return nil
}

// active returns the newest, or nil. It is not entered.
func (s *epochs) active() *epoch {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.held) == 0 || s.held[0].draining.Load() {
		return nil
	}
	return s.held[0]
}

// begin makes an epoch the active one. The one before drains, and one that still did
// is over.
func (s *epochs) begin(e *epoch) {
	for _, old := range s.place(e) {
		old.zeroise()
	}
}

func (s *epochs) place(e *epoch) (over []*epoch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drain != nil {
		s.drain.Stop()
	}
	if len(s.held) > maxEpochs-1 {
		over = s.held[maxEpochs-1:]
		s.held = s.held[:maxEpochs-1]
	}
	if len(s.held) > 0 {
		old := s.held[0]
		old.draining.Store(true)
		s.drain = time.AfterFunc(drainFor, func() { s.end(old) })
	}
	s.held = append([]*epoch{e}, s.held...)
	return over
}

// end takes an epoch out of service and zeroises it.
func (s *epochs) end(e *epoch) {
	s.mu.Lock()
	kept := make([]*epoch, 0, maxEpochs)
	for _, held := range s.held {
		if held != e {
			kept = append(kept, held)
		}
	}
	s.held = kept
	s.mu.Unlock()
	e.zeroise()
}

// wipe ends all.
func (s *epochs) wipe() {
	s.mu.Lock()
	held := s.held
	s.held = nil
	if s.drain != nil {
		s.drain.Stop()
		s.drain = nil
	}
	s.mu.Unlock()
	for _, e := range held {
		e.zeroise()
	}
}
