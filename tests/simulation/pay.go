package main

import (
	"slices"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// settle asks that the open batch be closed.
func (t *terminal) settle(to func(answer)) {
	if !t.asks {
		to(answer{refused: true, problem: sale.SecureWorldDown})
		return
	}
	t.call(func(n uint64) transaction.Event { return transaction.Settle{Reply: n} }, func(r transaction.Reply) {
		to(answer{refused: r.Refused != mailbox.CodeNone, problem: sale.Indeterminate})
	})
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
	t.order = slices.DeleteFunc(t.order, func(o payment.ID) bool { return o == id })
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
