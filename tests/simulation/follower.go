package main

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// follower is a till that follows the terminal's events by their number, and goes on
// behind the last one that it saw whenever its connection or the terminal ends. The
// terminal's events are the changes of its journal, numbered as they became durable.
type follower struct {
	l        *lane
	line     process
	last     int // number of the event seen last
	carried  int // sent over this connection
	versions map[payment.ID]uint64
}

func newFollower(l *lane) *follower {
	return &follower{l: l, versions: map[payment.ID]uint64{}}
}

// connect asks for what is behind the last event seen.
func (f *follower) connect() {
	f.line.epoch++
	f.line.up = false
	f.l.w.later(&f.line, 700*time.Millisecond, func() {
		t := f.l.terminal
		if !t.up {
			return // it will be asked when it is back
		}
		f.line.up = true
		if f.carried = f.last; f.l.w.planted(bugEventLost) {
			f.carried = len(t.events)
		}
		f.happened()
	})
}

// happened sends what is new.
func (f *follower) happened() {
	t := f.l.terminal
	for f.line.up && f.carried < len(t.events) {
		f.carried++
		n, p := f.carried, t.events[f.carried-1]
		if f.l.hit(faultTill) != nil {
			f.connect()
			return
		}
		f.l.w.later(&f.line, time.Millisecond, func() { f.hear(n, p) })
	}
}

func (f *follower) hear(n int, p sale.Payment) {
	f.l.check.must(n == f.last+1, "I11", "event %d comes behind event %d", n, f.last)
	before, seen := f.versions[p.ID]
	f.l.check.must(!seen || p.Version == before+1, "I11", "version %d of a payment comes behind version %d", p.Version, before)
	f.last, f.versions[p.ID] = n, p.Version
}

// newer is an answer to GET, which is never older than the last event seen.
func (f *follower) newer(p sale.Payment) {
	f.l.check.must(p.Version >= f.versions[p.ID], "I11", "an answer is older than the last event seen")
}

// atRest: everything that happened was seen, and says what the journal says.
func (f *follower) atRest() {
	t := f.l.terminal
	f.l.check.must(f.last == len(t.events), "I11", "%d of %d events were seen", f.last, len(t.events))
	for id, r := range t.table {
		version, seen := f.versions[id]
		f.l.check.must(!seen || version == r.Payment.Version, "I11", "the last event of a payment is not its state")
	}
}
