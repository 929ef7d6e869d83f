// Package display is the PIN pad's own display: fixed texts, an amount in its
// one written form, and one dot per digit. There is no way to put a text of
// someone else's on it, so no prompt can be borrowed to ask for a PIN. The one
// exception are the labels of a card's applications, which are shown below a
// title of this package, each behind its number, while one key is taken.
//
// Only the PIN pad imports it. It must never hold a digit of a PIN, nor of
// account data more than the last four digits of a number that is complete.
package display

import (
	"context"
	"sync"
)

// Screen is what can be seen.
type Screen struct {
	Seq    uint64 `json:"seq"` // rises with each change
	State  State  `json:"state"`
	Title  string `json:"title"`
	Amount string `json:"amount"`
	Note   string `json:"note"`
	Dots   int    `json:"dots"`
	// Lines are numbered labels, or the end of the number that was keyed.
	Lines []string `json:"lines,omitempty"`
}

// State tells what the PIN pad is doing.
type State string

// The states.
const (
	StateOffline State = "offline" // no session with the secure world
	StateIdle    State = "idle"
	StateWait    State = "wait"
	StatePIN     State = "pin"    // keys are taken, as in the next two
	StateChoice  State = "choice" // one key chooses
	StateCard    State = "card"   // a card is keyed in
	StateResult  State = "result"
)

// Display holds the one screen there is. It is safe for concurrent use.
type Display struct {
	mu      sync.Mutex
	screen  Screen
	changed chan struct{} // closed at the next change
}

// New shows that there is no session yet.
func New() *Display {
	return &Display{screen: offline(), changed: make(chan struct{})}
}

// show replaces the screen and wakes everyone who waits for a change.
func (d *Display) show(s Screen) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s.Seq = d.screen.Seq + 1
	d.screen = s
	close(d.changed)
	d.changed = make(chan struct{})
}

// Screen is what is shown now.
func (d *Display) Screen() Screen {
	s, _ := d.look()
	return s
}

func (d *Display) look() (Screen, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.screen, d.changed
}

// Wait returns the screen as soon as its Seq is not seen, or as it is when ctx
// ends. Another number than the newest counts as old, so that a watcher from
// before a restart is served at once.
func (d *Display) Wait(ctx context.Context, seen uint64) Screen {
	for {
		s, changed := d.look()
		if s.Seq != seen {
			return s
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return s
		}
	}
}
