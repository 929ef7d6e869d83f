package main

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// settle asks for the end of the batch until there is one, or sells on.
func (t *till) settle() {
	t.carry(func(to func(answer)) { t.l.terminal.settle(to) }, func(a answer) {
		if !a.refused || t.attempts > maxStarts {
			t.later(time.Second, t.next)
			return
		}
		t.attempts++
		t.later(3*time.Second, t.settle)
	})
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

// charge makes a request one of a card that the acquirer keeps, or was never given;
// false where the till was told of no card.
func (t *till) charge(r sale.Request) (sale.Request, bool) {
	stored, told := t.told[t.keyOf(t.l.at-t.l.life().Stored)]
	if !told || stored.Card == nil {
		return r, false
	}
	token, err := payment.ParseToken(stored.Card.Token)
	if err != nil {
		return r, false
	}
	r.Token, r.TimeoutSeconds = token, 0
	return r, true
}

func (t *till) hear(p sale.Payment) {
	t.asked = true
	t.l.check.tillHears(t.key, p)
	t.l.follower.newer(p)
	t.told[t.key] = p
}
