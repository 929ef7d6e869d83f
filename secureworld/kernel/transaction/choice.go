package transaction

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// The two doors draw the same labels.
const _ = uint(sred.Choices*sred.LabelSize-pinentry.Choices*pinentry.LabelSize) + uint(pinentry.Choices-sred.Choices)

// onChoose lets the cardholder choose where there are keys to do so: at the PIN
// pad.
func (c *Core) onChoose(e ReaderChoose) {
	p := c.of(e.Order)
	if p == nil || p.phase != phaseCard || e.Count < 1 || e.Count > sred.Choices || e.Confirm && e.Count != 1 {
		c.counters.Unpermitted++
		return
	}
	c.stopTimer(TimerCard)
	if !c.pinpad.connected {
		c.abandon(p, payment.OutcomeFailed, payment.FailurePINPadUnavailable)
		return
	}
	p.phase, p.choices = phaseChoice, e.Count
	p.view.Stage = payment.StageChooseApp
	c.do(AskChoice{pinentry.Choose{
		Order: pinentry.OrderID(p.order), Amount: uint64(p.start.Amount),
		Currency: uint16(p.start.Currency), Exponent: p.start.Currency.Exponent(),
		TimeoutSeconds: uint16(c.cfg.PINWait / time.Second),
		Count:          e.Count, Confirm: e.Confirm, Labels: e.Labels,
	}})
	c.setTimer(TimerPIN, c.cfg.PINWait+Slack)
	c.notify(p)
}

// onChosen: none of the applications is the cardholder's no to the payment. A
// choice that was not offered is a PIN pad's that cannot be trusted with this
// payment any more.
func (c *Core) onChosen(e Chosen) {
	p := c.of(sred.OrderID(e.Order))
	if p == nil || p.phase != phaseChoice {
		c.counters.Unpermitted++
		return
	}
	if e.Choice > p.choices {
		c.counters.Unpermitted++
		c.abandon(p, payment.OutcomeFailed, payment.FailurePINPadUnavailable)
		return
	}
	c.stopTimer(TimerPIN)
	if e.Choice == 0 { // none of them
		c.abandon(p, payment.OutcomeCanceled, payment.FailureCanceledByCustomer)
		return
	}
	c.backToCard(p)
	p.view.Stage = payment.StageCardInserted
	c.do(TellChoice{sred.Chosen{Order: p.order, Choice: e.Choice}})
	c.notify(p)
}
