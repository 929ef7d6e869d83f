package monitor

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Events are the last changes of payments, numbered. Each start begins at a
// number of its own, drawn at random, so that an app world which asks for what
// came after a number of an earlier start is told of the gap.
type Events struct {
	mu     sync.Mutex
	last   payment.Count
	kept   payment.Count  // how many events can still be asked for, the newest being last
	views  []mailbox.View // by number, modulo the length
	change chan struct{}  // closed at the next event
}

// beginnings is how many numbers a start can begin at. That the events of two
// starts meet is then less likely than one in a million even after a hundred
// thousand events; what follows stays far within a payment.Count.
const beginnings = 1 << 38

// NewEvents draws where the numbers begin.
func NewEvents() *Events {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return &Events{last: payment.Count(binary.BigEndian.Uint64(b[:])%beginnings + 1),
		views: make([]mailbox.View, mailbox.EventHistory), change: make(chan struct{})}
}

// Publish adds one event.
func (e *Events) Publish(v mailbox.View) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last++
	e.kept = min(e.kept+1, mailbox.EventHistory)
	*e.view(e.last) = v
	close(e.change)
	e.change = make(chan struct{})
}

// After returns the first event behind a number, waiting for it if the number is
// the last one given.
func (e *Events) After(ctx context.Context, number payment.Count, wait time.Duration) mailbox.Event {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		event, change := e.look(number)
		if event.Present || event.Gap {
			return event
		}
		select {
		case <-change:
		case <-timer.C:
			return event
		case <-ctx.Done():
			return event
		}
	}
}

func (e *Events) look(number payment.Count) (mailbox.Event, <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	first := e.last - e.kept + 1
	switch {
	case number == e.last:
		return mailbox.Event{Number: number}, e.change
	case number > e.last || number+1 < first:
		if e.kept == 0 {
			return mailbox.Event{Number: e.last, Gap: true}, e.change
		}
		return mailbox.Event{Number: first, Present: true, Gap: true, View: *e.view(first)}, e.change
	}
	return mailbox.Event{Number: number + 1, Present: true, View: *e.view(number + 1)}, e.change
}

// view is the place of an event.
func (e *Events) view(number payment.Count) *mailbox.View {
	return &e.views[number%mailbox.EventHistory]
}
