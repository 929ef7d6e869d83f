package transaction

import (
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

func (c *Core) onRequestAnswer(frame []byte, stan payment.STAN) {
	p := c.active
	if p == nil || p.phase != phaseHost || p.terms.STAN != stan {
		c.counters.Late++
		return
	}
	c.do(CheckAnswer{Order: p.order, Terms: p.terms, Keys: p.intent.Keys, Frame: frame})
}

// onAnswerChecked believes nothing that did not verify: the true answer may still
// come, until the time is up and the request is reversed.
func (c *Core) onAnswerChecked(e AnswerChecked) {
	if e.Code == call.CodeMAC || e.Code == call.CodeAnswer {
		c.counters.BadMACs++
	}
	p := c.of(e.Order)
	if p == nil || p.phase != phaseHost || e.Code != 0 {
		return
	}
	c.stopTimer(TimerHost)
	c.do(Forget{question(p)})
	p.told = &Told{ID: p.view.ID, Approved: e.Approved, Amount: e.Amount,
		Response: e.Response, Decline: e.Decline, Approval: e.Approval}
	c.write(*p.told)
	c.believe(p)
	if p.atCard() {
		c.tellCard(p, e.Answered)
		return
	}
	c.finishWithoutCard(p, e.Answered)
}

// finishWithoutCard: swiped, contactless and keyed payments are complete with the
// host's answer. The reader is told for its display.
func (c *Core) finishWithoutCard(p *entry, a call.Answered) {
	p.accept = c.wanted(p)
	if !p.start.Keyed && !p.cardless() {
		c.do(TellCard{c.answer(p, a)})
	}
	c.showBalance(p, a)
	switch {
	case p.accept:
		c.approve(p)
	case !p.told.Approved:
		c.declined(p)
	case p.view.CancelRequested:
		c.reverse(p, payment.OutcomeCanceled, payment.DeclineNone, payment.FailureCanceledByMerchant)
	default: // another amount
		c.reverse(p, payment.OutcomeDeclined, payment.DeclineDeclined, payment.FailureNone)
	}
}

// showBalance tells the cardholder and nobody else; it is kept nowhere.
func (c *Core) showBalance(p *entry, a call.Answered) {
	if p.start.Type == payment.TypeBalance && a.Approved && a.HasBalance {
		p.shown = &ShowBalance{Amount: a.Balance, Currency: p.start.Currency}
	}
}

func (c *Core) believe(p *entry) {
	p.view.Receipt.ResponseCode = p.told.Response
	p.view.Decline = p.told.Decline
	if p.told.Approved {
		p.view.Receipt.ApprovalCode = p.told.Approval
		p.view.Approved = p.told.Amount
	} else {
		p.view.Money = payment.MoneyNone
	}
}

func (c *Core) tellCard(p *entry, a call.Answered) {
	p.phase = phaseFinish
	p.view.Status = payment.StatusFinalizingCard
	p.accept, p.scripts = c.wanted(p), len(a.Scripts) > 0
	c.showBalance(p, a)
	c.do(TellCard{c.answer(p, a)})
	c.setTimer(TimerFinish, c.cfg.FinishWait)
	c.notify(p)
}

// answer is the host's word for the card, or for the reader's display alone.
func (c *Core) answer(p *entry, a call.Answered) sred.Answer {
	answer := sred.Answer{Order: p.order, Result: sred.HostDeclined, IssuerAuth: a.IssuerAuth, Scripts: a.Scripts}
	if a.HasARC {
		answer.ARC = a.ARC
	} else {
		answer.ARC = p.told.Response
	}
	if p.accept {
		answer.Result = sred.HostApproved
	}
	return answer
}

// wanted reports whether the host approved what the merchant still wants. An
// approval of less than was asked for is accepted where the till permitted that. A cancel
// that comes later loses.
func (c *Core) wanted(p *entry) bool {
	part := p.start.Partial && p.told.Amount > 0 && p.told.Amount < p.start.Amount
	return p.told.Approved && !p.view.CancelRequested && (p.told.Amount == p.start.Amount || part)
}

// approve ends a payment that the host approved, in whole or in part.
func (c *Core) approve(p *entry) {
	o := payment.OutcomeApproved
	if p.told.Amount != p.start.Amount {
		o = payment.OutcomePartiallyApproved
	}
	c.complete(p, o, moneyOf(p.start.Type), payment.FailureNone)
}

func (c *Core) onFinished(e ReaderFinished) {
	p := c.of(e.Order)
	switch {
	case p == nil:
		return
	case p.phase == phaseCard && e.Result == sred.CardDeclined:
		c.offlineDecline(p, e)
	case p.phase == phaseAlone:
		c.finishAlone(p, e)
	case p.phase == phaseFinish:
		c.finish(p, e)
	default:
		c.counters.Unpermitted++
	}
}

// offlineDecline: the card answered the first GENERATE AC with an AAC.
func (c *Core) offlineDecline(p *entry, e ReaderFinished) {
	c.cardSaid(p, e)
	p.view.Decline = payment.DeclineChipDeclined
	c.complete(p, payment.OutcomeDeclined, payment.MoneyNone, payment.FailureNone)
}

func (c *Core) cardSaid(p *entry, e ReaderFinished) {
	r := &p.view.Receipt
	r.Cryptogram, r.TVR, r.TSI = e.Cryptogram, e.TVR, e.TSI
	r.Completed = e.Result == sred.CardApproved
}

func (c *Core) finish(p *entry, e ReaderFinished) {
	c.stopTimer(TimerFinish)
	c.cardSaid(p, e)
	c.advise(p, e)
	switch {
	case p.accept && e.Result == sred.CardApproved:
		c.approve(p)
	case !p.told.Approved:
		c.declined(p)
	case p.view.CancelRequested && !p.accept:
		c.reverse(p, payment.OutcomeCanceled, payment.DeclineNone, payment.FailureCanceledByMerchant)
	default:
		c.reverse(p, payment.OutcomeDeclined, payment.DeclineChipDeclined, payment.FailureNoCompletion)
	}
}

// declined ends the payment, or begins a new attempt after a wrong PIN.
func (c *Core) declined(p *entry) {
	again := p.told.Decline == payment.DeclineWrongPIN && p.view.Attempt < c.cfg.PINAttempts && !p.start.Keyed && !p.cardless()
	if again && !p.view.CancelRequested && c.reader.connected && c.host.link == linkReady {
		c.do(EndAttempt{p.order})
		c.attempt(p)
		return
	}
	c.complete(p, payment.OutcomeDeclined, payment.MoneyNone, payment.FailureNone)
}
