package main

import (
	"context"
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
	t.key = t.keyOf(t.l.at)
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

func (t *till) later(d time.Duration, do func()) {
	if !t.l.closed {
		t.l.w.later(&t.life, d, do)
	}
}

// request is the life's; false where what it continues has come to nothing.
func (t *till) request() (sale.Request, bool) {
	life := t.l.life()
	r := sale.Request{Type: life.Type, Amount: payment.Amount(life.Amount), Currency: payment.EUR, TimeoutSeconds: 60,
		Last: life.Last, Tip: payment.Amount(life.Tip), Cashback: payment.Amount(life.Cashback), Partial: life.Partial, Store: life.Store}
	if life.Type == payment.TypeNone {
		r.Type = payment.TypeSale
	}
	if life.Keyed {
		r.Entry = sale.EntryKeyed
	}
	if r.Type == payment.TypeBalance {
		r.Amount = 0
	}
	if life.Stored > 0 {
		return t.charge(r)
	}
	if life.Of == 0 {
		return r, true
	}
	root, told := t.told[t.keyOf(t.l.at-life.Of)]
	if r.Approval = t.call(root); !told || root.ApprovedAmount == nil && r.Approval == (payment.ApprovalCode{}) {
		return r, false
	}
	r.Of, r.TimeoutSeconds = root.ID, 0
	if r.Amount = max(1, root.Amount*payment.Amount(life.Amount)/100); r.Type == payment.TypeVoid {
		r.Amount = 0
	}
	return r, true
}

// call asks the issuer who referred a payment to one.
func (t *till) call(root sale.Payment) (code payment.ApprovalCode) {
	how, r := t.l.life().Code, t.l.terminal.table[root.ID]
	if how == codeNone || r.Slip == nil || root.Decline == nil || root.Decline.Category != payment.DeclineCallIssuer.String() {
		return code
	}
	said, err := t.l.w.acquirer.host.VoiceApproval(context.Background(), t.l.terminalID(), r.Slip.RRN)
	if err != nil {
		panic(err)
	}
	if how == codeWrong {
		said = "WRONG1"
	}
	copy(code[:], said)
	return code
}

func (t *till) keyOf(at int) string { return fmt.Sprintf("till-%d-%d", t.l.n, at) }

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
	key := t.key
	r, ok := t.request()
	if !ok {
		t.next()
		return
	}
	if t.l.life().Rekey {
		t.later(time.Second, t.next)
		t.l.secure.rekey() // and may end in it
		return
	}
	if t.l.life().Settle {
		t.settle()
		return
	}
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
