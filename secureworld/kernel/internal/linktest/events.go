package linktest

import (
	"slices"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
)

// Events are what a line posted, in order, and how often it refused.
type Events struct {
	mu      sync.Mutex
	posted  []transaction.Event
	refused int
}

// Post takes an event.
func (e *Events) Post(event transaction.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.posted = append(e.posted, event)
}

// Refuse counts.
func (e *Events) Refuse() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refused++
}

// Take returns what was posted since the last call.
func (e *Events) Take() []transaction.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := slices.Clone(e.posted)
	e.posted = nil
	return out
}

// Refused is how often the line refused.
func (e *Events) Refused() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.refused
}
