package transaction

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// givenState is what was given back on one day without a payment that it was for.
type givenState struct {
	day [3]byte // local; 9A
	sum payment.Amount
}

// unlinked reports whether a start gives money for no payment: a terminal that was
// taken over could pay itself, so signed parameters limit it and a person confirms
// it at the PIN pad.
func unlinked(s mailbox.Start) bool { return s.Type == payment.TypeRefund && s.Of.Zero() }

// mayGive holds an unlinked refund to the signed limits.
func (c *Core) mayGive(s mailbox.Start) mailbox.Code {
	if !unlinked(s) {
		return mailbox.CodeNone
	}
	if c.cfg.RefundLimit == 0 {
		return mailbox.CodeType
	}
	var given payment.Amount
	if c.given.day == c.terms(s, 0, 0, [4]byte{}).Date {
		given = c.given.sum
	}
	if s.Amount > c.cfg.RefundLimit || s.Amount > c.cfg.RefundPerDay-given {
		return mailbox.CodeExceeds
	}
	return mailbox.CodeNone
}

// give counts it; replay uses it too.
func (c *Core) give(p *entry) {
	if !unlinked(p.start) {
		return
	}
	if c.given.day != p.terms.Date {
		c.given = givenState{day: p.terms.Date}
	}
	c.given.sum += p.view.Approved
}

// askConfirmation has a person confirm the amount on the PIN pad's own display, with
// its own keys.
func (c *Core) askConfirmation(p *entry) {
	p.phase = phaseConfirm
	p.view.Stage = payment.StageConfirmRefund
	c.do(AskConfirm{pinentry.Confirm{
		Order: pinentry.OrderID(p.order), Amount: uint64(p.start.Amount),
		Currency: uint16(p.start.Currency), Exponent: p.start.Currency.Exponent(),
		TimeoutSeconds: uint16(c.cfg.PINWait / time.Second),
	}})
	c.setTimer(TimerPIN, c.cfg.PINWait+Slack)
}

func (c *Core) onConfirmed(e Confirmed) {
	p := c.of(sred.OrderID(e.Order))
	if p == nil || p.phase != phaseConfirm {
		c.counters.Unpermitted++
		return
	}
	c.stopTimer(TimerPIN)
	p.confirmed = true
	p.phase = phaseCard
	p.view.Stage = payment.StagePresentCard
	c.takeCard(p)
	c.notify(p)
}
