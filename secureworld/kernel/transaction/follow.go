package transaction

import (
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// mayFollow is why a payment cannot be continued as is asked for. What is promised
// to others that are under way counts as done.
func (c *Core) mayFollow(s mailbox.Start) mailbox.Code {
	if s.Of.Zero() {
		return mailbox.CodeNone
	}
	o := c.payments[s.Of]
	switch {
	case o == nil:
		return mailbox.CodeNeverSeen
	case spoken(s):
		return maySpeak(s, o)
	case o.phase != phaseDone || !approved(o.view.Outcome) || o.promised.void || o.intent != nil: // the last: the host has not judged it yet
		return mailbox.CodeState
	case s.Type == payment.TypeRefund:
		return within(s.Amount, o.view.Captured, o.view.Refunded+o.promised.refunds)
	case s.Type == payment.TypeVoid:
		return c.mayVoid(o)
	case o.start.Type != payment.TypePreauth || o.promised.last:
		return mailbox.CodeState
	case s.Type == payment.TypeIncrement:
		return within(0, o.view.Held, o.promised.captures)
	}
	return within(s.Amount, o.view.Held, o.promised.captures)
}

// within: there is something, and enough of it.
func within(amount, all, used payment.Amount) mailbox.Code {
	switch {
	case all == 0:
		return mailbox.CodeState
	case amount > all-used:
		return mailbox.CodeExceeds
	}
	return mailbox.CodeNone
}

// mayVoid: nothing rests on it, and the money that it moved is of the open batch.
func (c *Core) mayVoid(o *entry) mailbox.Code {
	switch {
	case o.promised.any() || !hasMoney(o.view) || o.view.Refunded > 0 && o.start.Type != payment.TypeRefund:
		return mailbox.CodeState
	case o.view.Money != payment.MoneyHeld && !c.inBatch(o):
		return mailbox.CodeState
	case o.start.Of.Zero():
		return mailbox.CodeNone
	}
	of := c.payments[o.start.Of]
	if of == nil || of.promised.any() || o.start.Type == payment.TypeCapture && !spoken(o.start) && of.view.Captured-o.view.Captured < of.view.Refunded {
		return mailbox.CodeState
	}
	return mailbox.CodeNone
}

// inBatch: everything that was booked of a payment is of the open batch.
func (c *Core) inBatch(o *entry) bool {
	for _, id := range o.captures {
		if p := c.payments[id]; p == nil || p.terms.Batch != c.batch {
			return false
		}
	}
	return len(o.captures) > 0 || o.terms.Batch == c.batch
}

func hasMoney(v mailbox.View) bool {
	switch v.Money {
	case payment.MoneyHeld:
		return v.Type == payment.TypePreauth // an increment is part of what it continues
	case payment.MoneyCaptured, payment.MoneyRefunded:
		return v.Type != payment.TypeVoid && v.Type != payment.TypeIncrement
	}
	return false
}

// follow has the messages built of what needs no card.
func (c *Core) follow(p *entry) {
	o := c.payments[p.start.Of]
	p.order = sred.OrderID(c.random[:16])
	p.view.Attempt++
	f := Follow{Order: p.order, Last: p.start.Last, Token: p.start.Token, Void: p.start.Type == payment.TypeVoid}
	if o != nil {
		f.Origin = originOf(o)
		p.view.Card = o.view.Card
	}
	p.view.Card.EntryMode = payment.EntryModeStored
	if p.start.Type == payment.TypeVoid {
		p.terms = o.terms
	} else {
		stan, rrn := c.issue()
		p.terms = c.terms(p.start, stan, rrn, [4]byte{})
	}
	f.Terms = p.terms
	c.topPaid = max(c.topPaid, p.terms.RRN)
	c.write(Attempted{ID: p.view.ID, Order: p.order, Attempt: p.view.Attempt, Terms: p.terms})
	p.view.Receipt = receiptOf(p.terms)
	if spoken(p.start) {
		f.Origin.Approval, p.view.Receipt.ApprovalCode = p.start.Approval, p.start.Approval
	}
	c.authorising(p)
	c.do(f)
	c.notify(p)
}

// originOf names a payment for DE 90. A capture is refunded under its
// pre-authorisation, so its own name is asked for only where it has none.
func originOf(o *entry) call.Origin {
	return call.Origin{Type: o.start.Type, Offline: o.terms.Offline, STAN: o.terms.STAN, RRN: o.terms.RRN,
		Transmission: o.terms.Transmission, Approval: o.view.Receipt.ApprovalCode}
}
