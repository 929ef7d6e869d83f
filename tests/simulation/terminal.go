package main

import (
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
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
	t.l.w.tracef(t.l, "terminal ends")
	t.l.w.later(&t.process, 500*time.Millisecond, t.start)
}

// store makes a change durable in one step, then tells.
func (t *terminal) store(q *question, next sale.Record) {
	t.point()
	t.table[next.Payment.ID] = next
	t.point()
	q.record = next
	if next.Finished() {
		delete(t.open, next.Payment.ID)
	}
	t.l.check.terminalTells(next)
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

// call carries one command and its answer; a session that breaks answers nothing.
func (t *terminal) call(command func(uint64) transaction.Event, answer func(transaction.Reply)) {
	s := t.l.secure
	line, done := t.line.epoch, false
	t.hostile()
	if f := t.l.hit(faultMailbox); f != nil { // the way there
		if f.Arg == 1 { // done, and nobody hears of it
			t.l.w.later(&s.process, time.Duration(t.l.random.intn(4000))*time.Millisecond, func() {
				s.ask(command, func(transaction.Reply) {})
			})
		}
		t.l.w.later(&t.line, time.Millisecond, t.sessionsEnd)
		return
	}
	t.point()
	t.l.w.later(&s.process, time.Millisecond, func() {
		s.ask(command, func(r transaction.Reply) {
			if f := t.l.hit(faultMailbox); f != nil {
				t.l.w.later(&t.line, time.Millisecond, t.sessionsEnd)
				return
			}
			t.l.w.after(time.Millisecond, func() {
				if t.line.epoch == line && !done {
					done = true
					answer(r)
				}
			})
		})
	})
}

func (t *terminal) ask(id payment.ID) {
	if t.line.up {
		t.status(id, func() {})
	}
}

func (t *terminal) status(id payment.ID, done func()) {
	generation := t.generation
	t.call(func(n uint64) transaction.Event { return transaction.Status{Reply: n, ID: id} }, func(r transaction.Reply) {
		switch r.Refused {
		case mailbox.CodeNone:
			t.hear(r.View, generation)
		case mailbox.CodeNeverSeen:
			t.forget(id)
		}
		done()
	})
}

// forget concludes that a payment never began only once its Start cannot arrive.
func (t *terminal) forget(id payment.ID) {
	q := t.open[id]
	if q == nil || q.starting {
		return
	}
	next, changed, err := q.record.Forget(!q.carrying, t.now())
	switch {
	case errors.Is(err, sale.ErrForgotten):
		t.l.check.violation("I9", "the secure world forgot a payment that it had sent")
	case err != nil: // too early
		t.l.w.later(&t.process, 2*time.Second, func() { t.ask(id) })
	case changed:
		t.store(q, next)
	}
}

// eventsWait: events go out one after the other.
func (t *terminal) eventsWait(s *secure) {
	if !t.asks || !t.line.up || t.delivered >= len(s.events) {
		return
	}
	generation := t.generation
	v := s.events[t.delivered]
	t.delivered++
	t.l.w.later(&t.line, time.Millisecond, func() { t.hear(v, generation) })
	t.eventsWait(s)
}

// hear takes a view of the secure world.
func (t *terminal) hear(v mailbox.View, generation uint64) {
	q := t.open[v.ID]
	if q == nil {
		t.adopt(v, generation)
		return
	}
	next, changed, err := q.record.Hear(v, generation, t.now())
	switch {
	case err != nil:
		t.l.check.violation("I10", "the terminal does not believe the secure world: %v", err)
	case changed:
		t.store(q, next)
	default:
		q.record = next
	}
}

func (t *terminal) adopt(v mailbox.View, generation uint64) {
	if _, there := t.table[v.ID]; there {
		return
	}
	r, err := sale.Adopt(v, generation, t.now())
	if err != nil {
		t.l.check.violation("I10", "the terminal does not adopt a payment: %v", err)
		return
	}
	q := &question{record: r}
	t.order = append(t.order, v.ID)
	t.open[v.ID] = q
	t.store(q, r)
}

// answer is what a till gets.
type answer struct {
	payment  *sale.Payment
	problem  sale.Problem
	refused  bool
	replayed bool
}

// pay begins the payment of a key, or finds it.
func (t *terminal) pay(key string, r sale.Request, to func(answer)) {
	if t.flights[key] {
		to(answer{refused: true, problem: sale.InFlight})
		return
	}
	var existing *sale.Record
	if id, taken := t.keys[key]; taken {
		record := t.record(id)
		existing = &record
	}
	verdict := sale.Decide(existing, r)
	if verdict == sale.Mismatch && t.l.w.planted(bugKeyIgnoresBody) {
		verdict = sale.Replay
	}
	switch {
	case verdict == sale.Replay:
		t.l.check.replayed(existing, r)
		to(answer{payment: &existing.Payment, replayed: true})
	case verdict == sale.Mismatch:
		to(answer{refused: true, problem: sale.KeyMismatch})
	case !t.asks:
		to(answer{refused: true, problem: sale.SecureWorldDown})
	default:
		t.begin(key, r, to)
	}
}

// record is a payment as it is durable.
func (t *terminal) record(id payment.ID) sale.Record { return t.table[id] }

func (t *terminal) begin(key string, r sale.Request, to func(answer)) {
	id, err := payment.NewID(&t.l.random)
	if err != nil {
		panic(err)
	}
	t.flights[key] = true
	q := &question{record: sale.Offer(id, "till", key, r, t.now()), starting: true, carrying: true}
	t.point()
	t.table[id], t.keys[key] = q.record, id
	t.order = append(t.order, id)
	t.point()
	t.open[id] = q
	generation, line := t.generation, t.line.epoch
	answered := false
	t.call(func(n uint64) transaction.Event { return transaction.Start{Reply: n, Start: r.Start(id)} }, func(m transaction.Reply) {
		answered = true
		q.starting, q.carrying = false, false
		delete(t.flights, key)
		if m.Refused != mailbox.CodeNone {
			t.withdraw(id, key)
			to(answer{refused: true, problem: sale.RefusedStart(m.Refused)})
			return
		}
		t.hear(m.View, generation)
		record := t.record(id)
		to(answer{payment: &record.Payment})
	})
	t.watch(q, key, line, &answered, to)
}

func (t *terminal) withdraw(id payment.ID, key string) {
	t.point()
	delete(t.table, id)
	delete(t.keys, key)
	t.point()
	delete(t.open, id)
}

// watch notices that the answer to a Start was lost with its session. What was
// written to the session is read to its end within some seconds.
func (t *terminal) watch(q *question, key string, line int, answered *bool, to func(answer)) {
	t.l.w.later(&t.process, 5*time.Millisecond, func() {
		switch {
		case *answered:
		case t.line.epoch == line && t.line.up:
			t.watch(q, key, line, answered, to)
		default:
			*answered = true
			q.starting = false
			delete(t.flights, key)
			t.l.w.later(&t.process, 5*time.Second, func() { q.carrying = false; t.ask(q.record.Payment.ID) })
			if next, changed := q.record.Doubt(t.now()); changed {
				t.store(q, next)
			}
			record := t.record(q.record.Payment.ID)
			to(answer{payment: &record.Payment})
		}
	})
}

// find answers GET by key.
func (t *terminal) find(key string) answer {
	if t.flights[key] {
		return answer{refused: true, problem: sale.InFlight}
	}
	id, there := t.keys[key]
	if !there {
		return answer{refused: true, problem: sale.NeverSeen}
	}
	p := t.record(id).Payment
	return answer{payment: &p}
}

// cancel asks that a payment end.
func (t *terminal) cancel(key string) {
	id, there := t.keys[key]
	q := t.open[id]
	if !there || q == nil || !t.line.up || q.starting {
		return
	}
	if next, changed := q.record.AskCancel(t.now()); changed {
		t.store(q, next)
	}
	generation := t.generation
	t.call(func(n uint64) transaction.Event { return transaction.Cancel{Reply: n, ID: id} }, func(r transaction.Reply) {
		if r.Refused == mailbox.CodeNone {
			t.hear(r.View, generation)
		}
	})
}

// hostile is an app world that was taken over: it puts commands of its own between
// the terminal's.
func (t *terminal) hostile() {
	f := t.l.hit(faultApp)
	if f == nil {
		return
	}
	s := t.l.secure
	var id payment.ID
	t.l.random.fill(id[:])
	if n := len(t.order); n > 0 && f.Arg%2 == 0 {
		id = t.order[t.l.random.intn(n)]
	}
	start := mailbox.Start{ID: id, Type: payment.TypeSale, Amount: payment.Amount(t.l.random.intn(3000)), Currency: payment.EUR, TimeoutSeconds: 30}
	if t.open[id] != nil && t.open[id].starting {
		return // it would only outrun itself
	}
	t.l.w.later(&s.process, time.Millisecond, func() {
		s.ask(func(n uint64) transaction.Event {
			switch f.Arg % 3 {
			case 0:
				return transaction.Start{Reply: n, Start: start}
			case 1:
				return transaction.Cancel{Reply: n, ID: id}
			}
			return transaction.Status{Reply: n, ID: id}
		}, func(transaction.Reply) {})
	})
}
