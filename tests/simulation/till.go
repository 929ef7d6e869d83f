package main

import (
	"fmt"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// till asks for one payment after the other, each under a key of its own, and asks
// again whenever it does not know.
type till struct {
	l        *lane
	key      string
	told     map[string]sale.Payment // the last word on each key
	keys     []string
	life     process
	asked    bool // something came back for the key
	attempts int
	polls    int
}

const (
	tillWait  = 15 * time.Second
	maxPolls  = 400
	maxStarts = 12
)

func newTill(l *lane) *till { return &till{l: l, told: map[string]sale.Payment{}} }

// next begins the next life, or ends the lane's work.
func (t *till) next() {
	t.life.epoch++
	t.l.at++
	if t.l.at >= len(t.l.lives) {
		t.l.finished = true
		return
	}
	t.l.begin()
	life := t.l.life()
	t.key = fmt.Sprintf("till-%d-%d", t.l.n, t.l.at)
	t.keys = append(t.keys, t.key)
	t.asked, t.attempts, t.polls = false, 0, 0
	t.later(time.Duration(life.Gap)*time.Millisecond, t.post)
	if life.Cancel > 0 {
		t.later(time.Duration(life.Gap+life.Cancel)*time.Millisecond, t.cancel)
	}
	if life.Double {
		t.later(time.Duration(life.Gap+30)*time.Millisecond, t.post)
	}
}

func (t *till) later(d time.Duration, do func()) { t.l.w.later(&t.life, d, do) }

func (t *till) request() sale.Request {
	life := t.l.life()
	r := sale.Request{Type: payment.TypeSale, Amount: payment.Amount(life.Amount), Currency: payment.EUR, TimeoutSeconds: 60}
	if life.Keyed {
		r.Entry = sale.EntryKeyed
	}
	return r
}

// carry is one request over HTTP; what it asks may be done and the answer lost.
func (t *till) carry(do func(to func(answer)), then func(answer)) {
	world, key, back := t.l.w, t.key, false
	term := t.l.terminal
	there := func() {
		if !term.up {
			return
		}
		do(func(a answer) {
			if f := t.l.hit(faultTill); f != nil {
				return
			}
			world.later(&t.life, time.Millisecond, func() {
				if key == t.key && !back {
					back = true
					then(a)
				}
			})
		})
	}
	if f := t.l.hit(faultTill); f == nil {
		world.later(&term.process, time.Millisecond, there)
	}
	t.later(tillWait, func() {
		if key == t.key && !back {
			back = true
			then(answer{refused: true, problem: sale.Indeterminate})
		}
	})
}

func (t *till) post() {
	t.attempts++
	key, r := t.key, t.request()
	if t.l.life().Mismatch && t.attempts > 1 {
		r.Amount++ // another question under the same key
	}
	t.carry(func(to func(answer)) { t.l.terminal.pay(key, r, to) }, t.started)
}

func (t *till) started(a answer) {
	switch {
	case a.payment != nil:
		t.hear(*a.payment)
		t.poll()
	case a.problem == sale.KeyMismatch:
		t.poll()
	case t.attempts >= maxStarts:
		t.l.check.gaveUp(t.key)
		t.next()
	case a.problem == sale.Indeterminate, a.problem == sale.InFlight:
		t.later(time.Second, t.recover)
	default: // refused: nothing began
		t.later(5*time.Second, t.post)
	}
}

// recover is a till that does not know whether its request arrived.
func (t *till) recover() {
	key := t.key
	t.carry(func(to func(answer)) { to(t.l.terminal.find(key)) }, func(a answer) {
		switch {
		case a.payment != nil:
			t.hear(*a.payment)
			t.poll()
		case t.attempts >= maxStarts:
			t.l.check.gaveUp(t.key)
			t.next()
		case a.problem == sale.NeverSeen:
			t.l.check.neverSeen(key, t.asked)
			t.post()
		default:
			t.attempts++
			t.later(time.Second, t.recover)
		}
	})
}

func (t *till) poll() {
	if t.polls++; t.polls > maxPolls || t.l.life().Abandon && t.polls > 3 {
		t.next()
		return
	}
	key := t.key
	wait := 2 * time.Second
	if t.polls > 30 {
		wait = 20 * time.Second
	}
	t.later(wait, func() {
		t.carry(func(to func(answer)) { to(t.l.terminal.find(key)) }, func(a answer) {
			switch {
			case a.payment == nil && a.problem == sale.NeverSeen:
				t.l.check.neverSeen(key, t.asked)
				t.next()
			case a.payment == nil:
				t.poll()
			default:
				t.hear(*a.payment)
				if a.payment.Outcome != nil {
					t.next()
					return
				}
				t.poll()
			}
		})
	})
}

func (t *till) cancel() {
	key := t.key
	t.carry(func(to func(answer)) { t.l.terminal.cancel(key) }, func(answer) {})
}

func (t *till) hear(p sale.Payment) {
	t.asked = true
	t.l.check.tillHears(t.key, p)
	t.told[t.key] = p
}
