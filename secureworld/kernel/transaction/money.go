package transaction

import "github.com/strongroom-pos/strongroom/secureworld/payment"

// promises are what follow-ups that are under way will do to a payment, so that
// nothing is promised twice.
type promises struct {
	count             int
	captures, refunds payment.Amount
	last, void        bool
}

func (p promises) any() bool { return p.count > 0 }

// promise notes a follow-up at the payment that it continues; replay uses it too.
func (c *Core) promise(p *entry) {
	o := c.payments[p.start.Of]
	if p.start.Of.Zero() || o == nil {
		return
	}
	o.promised.count++
	switch p.start.Type {
	case payment.TypeCapture:
		o.promised.captures += p.start.Amount
		o.promised.last = o.promised.last || p.start.Last
	case payment.TypeRefund:
		o.promised.refunds += p.start.Amount
	case payment.TypeVoid:
		o.promised.void = true
	}
}

// keep ends a promise, kept or not.
func (c *Core) keep(p *entry) {
	o := c.payments[p.start.Of]
	if p.start.Of.Zero() || o == nil {
		return
	}
	o.promised.count--
	switch p.start.Type {
	case payment.TypeCapture:
		o.promised.captures -= p.start.Amount
		o.promised.last = o.promised.last && !p.start.Last
	case payment.TypeRefund:
		o.promised.refunds -= p.start.Amount
	case payment.TypeVoid:
		o.promised.void = false
	}
}

func approved(o payment.Outcome) bool {
	return o == payment.OutcomeApproved || o == payment.OutcomePartiallyApproved
}

// moneyOf is where the money is once a payment was approved.
func moneyOf(t payment.Type) payment.Money {
	switch t {
	case payment.TypePreauth, payment.TypeIncrement:
		return payment.MoneyHeld
	case payment.TypeRefund:
		return payment.MoneyRefunded
	case payment.TypeVoid:
		return payment.MoneyReleased
	case payment.TypeBalance:
		return payment.MoneyNone
	}
	return payment.MoneyCaptured
}

// book does what an approved payment does to itself, to the one that it continues
// and to the batch; replay uses it too.
func (c *Core) book(p *entry) {
	v, o := &p.view, c.payments[p.start.Of]
	switch p.start.Type {
	case payment.TypeSale:
		v.Captured = v.Approved
		c.booked(p)
	case payment.TypePreauth:
		v.Held = v.Approved
	case payment.TypeRefund:
		v.Refunded = v.Approved
		c.booked(p)
		c.give(p)
		c.change(o, func(o *entry) { o.view.Refunded += v.Approved })
	case payment.TypeIncrement:
		c.change(o, func(o *entry) { o.view.Held += v.Approved; o.view.Approved += v.Approved })
	case payment.TypeCapture:
		v.Captured = v.Approved
		c.booked(p)
		if spoken(p.start) { // what was declined stays as it is
			c.with(p.start.Of, func(o *entry) { o.captures = append(o.captures, p.view.ID) })
			return
		}
		c.change(o, func(o *entry) { capture(o, p) })
	case payment.TypeVoid:
		c.change(o, func(o *entry) { c.void(o) })
	}
}

func capture(o, p *entry) {
	o.captures = append(o.captures, p.view.ID)
	o.view.Captured += p.view.Approved
	o.view.Held -= min(o.view.Held, p.view.Approved)
	if p.start.Last {
		o.view.Held = 0
	}
}

// void takes a payment back: all of a pre-authorisation, the part of a capture, or
// what a refund gave.
func (c *Core) void(o *entry) {
	of := c.payments[o.start.Of]
	switch {
	case spoken(o.start):
	case o.start.Type == payment.TypeCapture:
		c.change(of, func(of *entry) {
			of.view.Captured -= o.view.Captured
			of.view.Held += o.view.Captured
		})
	case o.start.Type == payment.TypeRefund:
		c.change(of, func(of *entry) { of.view.Refunded -= o.view.Refunded })
	}
	for _, id := range o.captures {
		c.change(c.payments[id], func(p *entry) { c.released(p) })
	}
	c.released(o)
}

func (c *Core) released(o *entry) {
	c.unbooked(o)
	o.view.Held, o.view.Captured, o.view.Refunded = 0, 0, 0
	o.view.Money = payment.MoneyReleased
}

// change does something to a complete payment, whose view is then published again
// under a higher version. Versions are those of the journal's order, so that they are
// the same after a restart.
func (c *Core) change(o *entry, f func(*entry)) {
	if o == nil {
		return
	}
	f(o)
	if v := &o.view; v.Money != payment.MoneyReleased {
		switch {
		case v.Type == payment.TypeRefund:
		case v.Captured > 0 && v.Captured == v.Refunded && v.Held == 0:
			v.Money = payment.MoneyRefunded
		case v.Captured > 0:
			v.Money = payment.MoneyCaptured
		case v.Held > 0:
			v.Money = payment.MoneyHeld
		}
	}
	o.view.Version++
	c.changed = append(c.changed, o)
}

// publish tells of those that others have changed.
func (c *Core) publish() {
	for _, o := range c.changed {
		c.do(Notify{View: o.view})
	}
	c.changed = nil
}
