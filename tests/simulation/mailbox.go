package main

import (
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// reviewed is package lane's.
const reviewed = 50

// review asks of the latest payments whose money may have moved meanwhile.
func (t *terminal) review() {
	for _, id := range t.order[max(0, len(t.order)-reviewed):] {
		if r, there := t.table[id]; there && r.Finished() && r.Payment.ApprovedAmount != nil {
			t.renew(id)
		}
	}
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
		t.heed(v, generation)
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

// heed takes a view of a payment that is final, or not known. What may be old is asked
// for anew.
func (t *terminal) heed(v mailbox.View, generation uint64) {
	r, there := t.table[v.ID]
	if !there {
		t.adopt(v, generation)
		return
	}
	if v.Status != payment.StatusCompleted {
		return
	}
	if _, changed, err := r.Amend(v, t.now()); changed || err != nil {
		t.renew(v.ID)
	}
}

// renew asks how a final payment stands now.
func (t *terminal) renew(id payment.ID) {
	if !t.line.up {
		return
	}
	t.call(func(n uint64) transaction.Event { return transaction.Status{Reply: n, ID: id} }, func(m transaction.Reply) {
		r, there := t.table[id]
		if !there || m.Refused != mailbox.CodeNone {
			return
		}
		next, changed, err := r.Amend(m.View, t.now())
		switch {
		case err != nil:
			t.l.check.violation("I10", "the terminal does not believe a final payment: %v", err)
		case changed:
			t.store(&question{}, next)
		}
	})
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
	if _, opened := t.l.check.opened[id]; !opened && f.Arg%3 == 0 {
		t.l.random.fill(start.ID[:]) // under a name that is its own it would only deceive itself
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
