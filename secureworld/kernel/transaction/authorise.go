package transaction

import (
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

func (c *Core) onOnline(e ReaderOnline) {
	p := c.of(e.Order)
	if p == nil || p.phase != phaseCard {
		c.counters.Unpermitted++
		return
	}
	if !c.takeKSN(p, e.Envelope, sred.NumberOnline) {
		return
	}
	c.stopTimer(TimerCard)
	c.authorising(p)
	p.terms.Offline = c.host.link != linkReady && !p.hasPIN && c.mayBeAlone(p.start) == mailbox.CodeNone
	c.do(Authorise{Order: p.order, Terms: p.terms, Envelope: e.Envelope,
		HasPIN: p.hasPIN, Offline: p.offline, PINKSN: p.pinKSN, PINBlock: p.pinBlock})
	p.pinBlock = [16]byte{}
	c.notify(p)
}

// authorising: the application builds the request.
func (c *Core) authorising(p *entry) {
	p.phase = phaseAuthorise
	p.view.Status, p.view.Stage = payment.StatusAuthorizing, payment.StageContactingBank
	c.setTimer(TimerWork, c.cfg.WorkWait)
}

// onAuthorised is the point of no return: the intent becomes durable, then the
// request leaves.
func (c *Core) onAuthorised(e Authorised) {
	p := c.of(e.Order)
	if p == nil || p.phase != phaseAuthorise {
		return
	}
	c.stopTimer(TimerWork)
	if told(p.start.Type) {
		c.enqueue(p, e)
		return
	}
	if e.Entry == payment.EntryModeFallback && !c.mayFallBack(e.Token) {
		c.unsent(p, payment.OutcomeFailed, payment.FailureCardNotAccepted)
		return
	}
	if p.terms.Offline {
		c.goAlone(p, e)
		return
	}
	if c.host.link != linkReady {
		c.unsent(p, payment.OutcomeFailed, payment.FailureHostUnavailable)
		return
	}
	c.know(p, e.Authorised)
	p.intent = &Intent{ID: p.view.ID, Card: p.view.Card, Receipt: p.view.Receipt,
		Reversal: e.Reversal, Repeat: e.Repeat, Keys: e.Keys}
	c.write(*p.intent)
	p.phase = phaseHost
	p.view.Money, p.view.Sent = payment.MoneyUnknown, true
	c.do(Send{Question: question(p), Frame: e.Request})
	c.setTimer(TimerHost, c.cfg.HostWait)
	c.notify(p)
}

func question(p *entry) Question { return Question{Class: ClassRequest, STAN: p.terms.STAN} }

// know takes over what may be known of the card. The intent makes it durable, so it
// is told of no payment that has none.
func (c *Core) know(p *entry, a call.Authorised) {
	if !p.start.Of.Zero() {
		return // the card is that of the payment which is continued
	}
	p.view.Card = mailbox.Card{Token: a.Token, Masked: a.Masked, Brand: a.Brand,
		EntryMode: a.Entry, Sequence: a.Sequence}
	r := &p.view.Receipt
	r.AID, r.Label, r.Cryptogram, r.TVR, r.CVM = a.AID, a.Label, a.Cryptogram, a.TVR, a.CVM
}

// onWorkFailed: the application refused before anything was sent.
func (c *Core) onWorkFailed(e WorkFailed) {
	p := c.of(e.Order)
	if p == nil || p.phase != phasePAN && p.phase != phaseAuthorise && p.phase != phaseSealing && p.phase != phaseChain {
		return
	}
	if p.phase == phaseChain && (e.Code == call.CodeCardData || e.Code == call.CodeKey) {
		c.chainRefused(p)
		return
	}
	outcome, failure := payment.OutcomeFailed, payment.FailureInternal
	switch e.Code {
	case call.CodeEnvelope, call.CodeOrder:
		c.counters.Envelopes++
		failure = payment.FailureEnvelopeRefused
	case call.CodeCardData:
		failure = payment.FailureCardError
	}
	c.abandon(p, outcome, failure)
}
