// Package slot is what the reader knows of its card slot: whether it is there,
// whether a card is in it, and which insertion that is.
//
// Only the reader imports it. It must never hold anything that a card sent.
package slot

import (
	"context"
	"sync"
)

// Status of the slot.
type Status struct {
	Attached  bool
	Present   bool
	Mute      bool   // present, without an answer to reset: most often upside down
	Insertion uint64 // rises with each card that is put in, from 1
}

// Slot is told by a watcher and asked by everyone else. It is safe for
// concurrent use.
type Slot struct {
	mu      sync.Mutex
	status  Status
	name    string        // of the attached reader
	changed chan struct{} // closed at the next change
}

// New is a slot that is not attached.
func New() *Slot { return &Slot{changed: make(chan struct{})} }

// Attach says that a reader of this name is there, and whether it holds a card.
func (s *Slot) Attach(name string, present, mute bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := Status{Attached: true, Present: present, Mute: present && mute, Insertion: s.status.Insertion}
	if present && !s.status.Present {
		next.Insertion++
	}
	s.name = name
	s.set(next)
}

// Detach says that the reader is gone.
func (s *Slot) Detach() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.name = ""
	s.set(Status{Insertion: s.status.Insertion})
}

// set is called with mu held.
func (s *Slot) set(next Status) {
	if next == s.status {
		return
	}
	s.status = next
	close(s.changed)
	s.changed = make(chan struct{})
}

// Look returns the status and a channel that is closed when it changes.
func (s *Slot) Look() (Status, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status, s.changed
}

// Name of the attached reader, empty if there is none.
func (s *Slot) Name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.name
}

// Wait returns the first status that ok accepts, or the context's error.
func (s *Slot) Wait(ctx context.Context, ok func(Status) bool) (Status, error) {
	for {
		status, changed := s.Look()
		if ok(status) {
			return status, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return status, ctx.Err()
		}
	}
}
