package monitor

import (
	"context"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

// Events are the last changes of payments, numbered. Numbers begin above every
// number of an earlier start, so that an app world which asks for what came after
// one of those is told of the gap.
type Events struct {
	mu     sync.Mutex
	last   uint64
	kept   []mailbox.View // the newest has number last
	change chan struct{}  // closed at the next event
}

// eventsPerEntry is above the number of events that can follow from one entry of
// the journal.
const eventsPerEntry = 64

// NewEvents begins above all numbers that a journal of this length gave rise to.
func NewEvents(journalLength uint64) *Events {
	return &Events{last: (journalLength + 1) * eventsPerEntry, change: make(chan struct{})}
}

// Publish adds one event.
func (e *Events) Publish(v mailbox.View) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last++
	e.kept = append(e.kept, v)
	if len(e.kept) > mailbox.EventHistory {
		e.kept = append(e.kept[:0:0], e.kept[1:]...)
	}
	close(e.change)
	e.change = make(chan struct{})
}

// After returns the first event behind a number, waiting for it if the number is
// the last one given.
func (e *Events) After(ctx context.Context, number uint64, wait time.Duration) mailbox.Event {
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

func (e *Events) look(number uint64) (mailbox.Event, <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	first := e.last - uint64(len(e.kept)) + 1
	switch {
	case number == e.last:
		return mailbox.Event{Number: number}, e.change
	case number > e.last || number+1 < first:
		if len(e.kept) == 0 {
			return mailbox.Event{Number: e.last, Gap: true}, e.change
		}
		return mailbox.Event{Number: first, Present: true, Gap: true, View: e.kept[0]}, e.change
	}
	return mailbox.Event{Number: number + 1, Present: true, View: e.kept[number+1-first]}, e.change
}
