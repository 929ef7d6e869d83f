package transaction

import (
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// abandon ends a payment that cannot go on, by what may have happened: nothing
// was sent, or the host has declined, or it must be reversed.
func (c *Core) abandon(p *entry, o payment.Outcome, f payment.Failure) {
	switch {
	case p.phase < phaseHost:
		c.unsent(p, o, f)
	case p.phase == phaseHost:
		c.reverse(p, payment.OutcomeNotCharged, payment.DeclineNone, f)
	case p.phase == phaseFinish && !p.told.Approved:
		c.complete(p, payment.OutcomeDeclined, payment.MoneyNone, payment.FailureNone)
	case p.phase == phaseFinish:
		c.reverse(p, payment.OutcomeNotCharged, payment.DeclineNone, f)
	}
}

// unsent ends a payment of which nothing has left.
func (c *Core) unsent(p *entry, o payment.Outcome, f payment.Failure) {
	if p.view.CancelRequested && o != payment.OutcomeFailed {
		o, f = payment.OutcomeCanceled, payment.FailureCanceledByMerchant
	}
	c.stopDevices(p)
	c.complete(p, o, payment.MoneyNone, f)
}

// complete makes the final state durable and tells everybody.
func (c *Core) complete(p *entry, o payment.Outcome, m payment.Money, f payment.Failure) {
	r := &p.view.Receipt
	c.write(Done{ID: p.view.ID, Outcome: o, Money: m, Decline: p.view.Decline, Failure: f,
		Completed: r.Completed, Cryptogram: r.Cryptogram, TVR: r.TVR, TSI: r.TSI})
	if c.active == p {
		c.leave(p)
		if !p.cardless() {
			c.do(showOutcome(o))
		}
		if p.shown != nil && approved(o) {
			c.do(*p.shown)
		}
	}
	c.settle(p, o, m, f)
	c.publish() // first, so that whoever hears the end finds them changed
	c.do(Notify{View: p.view})
}

// stopDevices ends the orders of a payment, which one without a card has none of.
func (c *Core) stopDevices(p *entry) {
	if !p.cardless() {
		c.do(StopReader{p.order}, StopPIN{pinentry.OrderID(p.order)})
	}
}

// leave frees the lane for the next payment.
func (c *Core) leave(p *entry) {
	c.active = nil
	for _, t := range []Timer{TimerCard, TimerWork, TimerPIN, TimerHost, TimerFinish} {
		c.stopTimer(t)
	}
	c.do(EndAttempt{p.order})
}

// settle sets the final state; replay uses it too.
func (c *Core) settle(p *entry, o payment.Outcome, m payment.Money, f payment.Failure) {
	p.phase = phaseDone
	p.view.Status, p.view.Stage = payment.StatusCompleted, finalStage(o)
	p.view.Outcome, p.view.Money, p.view.Failure = o, m, f
	p.view.Version = FinalVersion
	c.keep(p)
	if approved(o) {
		c.book(p)
	} else {
		p.view.Approved = 0
	}
	if !p.terms.Offline { // or else it waits for the host
		p.intent = nil
	}
	p.resolve, p.shown, p.pinBlock = nil, nil, [16]byte{}
	c.done = append(c.done, p.view.ID)
	if len(c.done) > Kept {
		c.forget()
	}
}

// forget lets the oldest payment go, unless something still depends on it.
func (c *Core) forget() {
	id := c.done[0]
	c.done = c.done[1:]
	if p := c.payments[id]; p != nil && (p.intent != nil || p.promised.any()) {
		c.done = append(c.done, id)
		return
	}
	delete(c.payments, id)
}

func finalStage(o payment.Outcome) payment.Stage {
	switch o {
	case payment.OutcomeApproved, payment.OutcomePartiallyApproved:
		return payment.StageApproved
	case payment.OutcomeDeclined:
		return payment.StageDeclined
	}
	return payment.StageNone
}

func showOutcome(o payment.Outcome) Show {
	switch o {
	case payment.OutcomeApproved, payment.OutcomePartiallyApproved:
		return Show{sred.TextApproved, pinentry.TextApproved}
	case payment.OutcomeDeclined:
		return Show{sred.TextDeclined, pinentry.TextDeclined}
	}
	return Show{sred.TextNotCharged, pinentry.TextNotCharged}
}

func (c *Core) onCancel(e Cancel) {
	p := c.payments[e.ID]
	if p == nil {
		c.refuse(e.Reply, mailbox.CodeNeverSeen)
		return
	}
	c.cancel(p)
	c.do(Reply{To: e.Reply, View: p.view})
}

func (c *Core) cancel(p *entry) {
	if p != c.active || p.view.CancelRequested {
		return
	}
	c.write(Canceling{p.view.ID})
	p.view.CancelRequested = true
	if p.phase < phaseHost {
		c.unsent(p, payment.OutcomeCanceled, payment.FailureCanceledByMerchant)
		return
	}
	c.notify(p)
}
