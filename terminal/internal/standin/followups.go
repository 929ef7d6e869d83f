package standin

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Host is a payment without a card: the host alone approves.
func Host(pace time.Duration) []Step { return []Step{approve(pace)} }

// Lives is a script for whatever is asked for, each ending approved.
func Lives(s mailbox.Start) []Step {
	if !s.Of.Zero() || !s.Token.Zero() {
		return Host(time.Millisecond)
	}
	return Approve(time.Millisecond)
}

// Part is a sale of which only a part is approved.
func Part(pace time.Duration, approved payment.Amount) []Step {
	return append(toBank(pace), Step{pace, func(v *mailbox.View) {
		approve(0).Change(v)
		v.Outcome, v.Approved = payment.OutcomePartiallyApproved, approved
	}})
}

// Offline is a sale that the card alone approved.
func Offline(pace time.Duration) []Step {
	return []Step{{pace, reading}, {pace, func(v *mailbox.View) {
		approve(0).Change(v)
		v.Offline = true
	}}}
}

// follows reports why a payment cannot be continued so, CodeNone where it can. The
// caller holds mu.
func (w *World) follows(s mailbox.Start) mailbox.Code {
	if s.Of.Zero() {
		return mailbox.CodeNone
	}
	e := w.payments[s.Of]
	switch {
	case e == nil:
		return mailbox.CodeNeverSeen
	case s.Approval != payment.ApprovalCode{} && e.view.Decline == payment.DeclineCallIssuer:
		return mailbox.CodeNone
	case s.Approval != payment.ApprovalCode{} || e.view.Approved == 0 || e.view.Money == payment.MoneyReleased:
		return mailbox.CodeState
	}
	return room(s, e.view)
}

func room(s mailbox.Start, of mailbox.View) mailbox.Code {
	held := of.Type == payment.TypePreauth
	left := of.Held
	switch s.Type {
	case payment.TypeVoid:
		return mailbox.CodeNone
	case payment.TypeIncrement:
		left = payment.MaxAmount
	case payment.TypeRefund:
		held, left = true, of.Captured-of.Refunded
	}
	switch {
	case !held:
		return mailbox.CodeState
	case s.Amount > left:
		return mailbox.CodeExceeds
	}
	return mailbox.CodeNone
}

// book moves the money of a payment that has ended, and of the one that it
// continues. The caller holds mu.
func (w *World) book(e *entry) {
	v := &e.view
	if v.Outcome != payment.OutcomeApproved && v.Outcome != payment.OutcomePartiallyApproved {
		return
	}
	switch v.Type {
	case payment.TypeSale, payment.TypeCapture:
		v.Money, v.Captured = payment.MoneyCaptured, v.Approved
	case payment.TypePreauth:
		v.Money, v.Held = payment.MoneyHeld, v.Approved
	case payment.TypeIncrement:
		v.Money = payment.MoneyHeld
	case payment.TypeRefund:
		v.Money = payment.MoneyRefunded
	case payment.TypeVoid:
		v.Money, v.Approved = payment.MoneyReleased, 0
	case payment.TypeBalance:
		v.Money, v.Approved = payment.MoneyNone, 0
	}
	if of := w.payments[e.start.Of]; of != nil && e.start.Approval == (payment.ApprovalCode{}) {
		move(e.start, &of.view)
		w.tell(of)
	}
}

// move is what a follow-up does to the payment that it continues.
func move(s mailbox.Start, of *mailbox.View) {
	switch s.Type {
	case payment.TypeRefund:
		of.Refunded += s.Amount
		if of.Refunded == of.Captured {
			of.Money = payment.MoneyRefunded
		}
	case payment.TypeIncrement:
		of.Held, of.Approved = of.Held+s.Amount, of.Approved+s.Amount
	case payment.TypeCapture:
		of.Held, of.Captured, of.Money = of.Held-s.Amount, of.Captured+s.Amount, payment.MoneyCaptured
		if s.Last {
			of.Held = 0
		}
	case payment.TypeVoid:
		of.Held, of.Captured, of.Money = 0, 0, payment.MoneyReleased
	}
}

// Amend changes a payment although it has ended, as what happens at the host does.
func (w *World) Amend(id payment.ID, change func(*mailbox.View)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.payments[id]
	change(&e.view)
	w.tell(e)
}
