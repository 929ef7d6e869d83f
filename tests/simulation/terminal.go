package main

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// terminal is the shell around the app world's real core, package sale, in the order
// of package lane: decided, durable, then told. Its table of payments is a database
// whose transactions are whole or not there.
type terminal struct {
	process
	l       *lane
	table   map[payment.ID]sale.Record // durable
	order   []payment.ID
	open    map[payment.ID]*question
	keys    map[string]payment.ID // the table's index
	flights map[string]bool

	line       process // both sessions
	asks       bool    // everything open was asked for: payments may begin
	generation uint64
	delivered  int // events of the secure world's present start
	starts     int
	events     []sale.Payment // durable, each with the change that it tells
}

// question is a payment that is not final.
type question struct {
	record   sale.Record
	starting bool
	carrying bool // its Start may still arrive
	old      bool // of an earlier run
}

func newTerminal(l *lane) *terminal {
	return &terminal{l: l, table: map[payment.ID]sale.Record{}, keys: map[string]payment.ID{}}
}

func (t *terminal) now() time.Time { return t.l.w.wall().Add(t.l.skew) }

// point is a place where the terminal's power may fail.
func (t *terminal) point() {
	if f := t.l.hit(faultCrashTerminal); f != nil {
		panic(crash{&t.process})
	}
}

func (t *terminal) start() {
	t.starts++
	t.up = true
	t.flights, t.open = map[string]bool{}, map[payment.ID]*question{}
	if t.l.w.planted(bugReplayLost) && t.starts > 1 {
		t.keys = map[string]payment.ID{}
	}
	for _, id := range t.order {
		if r, there := t.table[id]; there && !r.Finished() {
			t.open[id] = &question{record: r, old: true, carrying: true}
			t.l.w.later(&t.process, 6*time.Second, func() { t.settled(id) }) // package lane's Settle
		}
	}
	t.l.follower.connect()
	t.doubtAll()
	t.connect(100 * time.Millisecond)
}

func (t *terminal) settled(id payment.ID) {
	if q := t.open[id]; q != nil && q.old {
		q.carrying = false
		t.ask(id)
	}
}

func (t *terminal) end() {
	t.up = false
	t.epoch++
	t.line.epoch++
	t.line.up = false
	t.asks = false
	t.l.follower.line.epoch++
	t.l.follower.line.up = false
	t.l.w.tracef(t.l, "terminal ends")
	t.l.w.later(&t.process, 500*time.Millisecond, t.start)
}

// store makes a change durable in one step, then tells.
func (t *terminal) store(q *question, next sale.Record) {
	t.point()
	t.table[next.Payment.ID] = next
	t.events = append(t.events, next.Payment)
	t.point()
	q.record = next
	if next.Finished() {
		delete(t.open, next.Payment.ID)
	}
	t.l.check.terminalTells(next)
	t.l.follower.happened()
}

// sessionsEnd: the secure world has gone, or a session has broken.
func (t *terminal) sessionsEnd() {
	t.line.epoch++
	t.asks = false
	if !t.up {
		return
	}
	if t.line.up {
		t.line.up = false
		t.doubtAll()
	}
	t.connect(300 * time.Millisecond)
}

func (t *terminal) doubtAll() {
	for _, id := range t.order {
		q := t.open[id]
		if q == nil || q.starting {
			continue
		}
		if next, changed := q.record.Doubt(t.now()); changed {
			t.store(q, next)
		}
	}
}

func (t *terminal) connect(after time.Duration) {
	t.l.w.later(&t.process, after, func() {
		s := t.l.secure
		if t.line.up || !s.up || s.core == nil {
			return
		}
		t.line.up = true
		t.line.epoch++
		t.generation++
		t.delivered = 0
		t.askAll(t.openIDs(), func() {
			t.asks = true
			t.review()
			t.eventsWait(s)
		})
	})
}

func (t *terminal) openIDs() (ids []payment.ID) {
	for _, id := range t.order {
		if t.open[id] != nil {
			ids = append(ids, id)
		}
	}
	return ids
}

func (t *terminal) askAll(ids []payment.ID, done func()) {
	if len(ids) == 0 {
		done()
		return
	}
	t.status(ids[0], func() { t.askAll(ids[1:], done) })
}
