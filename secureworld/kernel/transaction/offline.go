package transaction

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// onVerifyOffline has a certificate chain verified, for a PIN that only the card
// can read.
func (c *Core) onVerifyOffline(e ReaderVerifyOffline) {
	p := c.of(e.Order)
	if p == nil || p.phase != phaseCard {
		c.counters.Unpermitted++
		return
	}
	if !c.takeCounter(p, e.Envelope.KSN) {
		return
	}
	p.phase, p.tries, p.wrong = phaseChain, e.Tries, p.offline
	c.stopTimer(TimerCard)
	c.setTimer(TimerWork, c.cfg.WorkWait)
	c.do(VerifyChain{Order: p.order, Date: p.terms.Date, Envelope: e.Envelope})
}

func (c *Core) onChainVerified(e ChainVerified) {
	p := c.of(e.Order)
	if p == nil || p.phase != phaseChain {
		return
	}
	c.stopTimer(TimerWork)
	if !c.pinpad.connected {
		c.abandon(p, payment.OutcomeFailed, payment.FailurePINPadUnavailable)
		return
	}
	p.phase = phaseOffline
	p.view.Status, p.view.Stage = payment.StatusAwaitingPIN, payment.StageEnterPIN
	if p.wrong {
		p.view.Stage = payment.StageWrongPIN
	}
	c.do(EncipherPIN{pinentry.EncipherPIN{
		Order: pinentry.OrderID(p.order), Tries: p.tries, Again: p.wrong, Amount: uint64(p.start.Amount),
		Currency: uint16(p.start.Currency), Exponent: p.start.Currency.Exponent(),
		TimeoutSeconds: uint16(c.cfg.PINWait / time.Second),
		Challenge:      e.Challenge, Modulus: e.Modulus, PublicExponent: e.Exponent,
	}})
	c.setTimer(TimerPIN, c.cfg.PINWait+Slack)
	c.notify(p)
}

func (c *Core) onPINEnciphered(e PINEnciphered) {
	p := c.of(sred.OrderID(e.Order))
	if p == nil || p.phase != phaseOffline {
		c.counters.Unpermitted++
		return
	}
	c.stopTimer(TimerPIN)
	p.offline = true
	c.backToCard(p)
	p.view.Status, p.view.Stage = payment.StatusReadingCard, payment.StagePINEntered
	c.do(TellPIN{sred.PINDone{Order: p.order, Result: sred.PINEnciphered, Enciphered: e.Data}})
	c.notify(p)
}

// chainRefused: the card's certificates do not verify, so no PIN is asked for. The
// card may still be asked for another verification. With the application's instance
// ends what it knew of the card, so a PIN from before counts no more.
func (c *Core) chainRefused(p *entry) {
	c.stopTimer(TimerWork)
	p.offline = false
	c.backToCard(p)
	c.do(EndAttempt{p.order}, TellPIN{sred.PINDone{Order: p.order, Result: sred.PINKeyRefused}})
}
