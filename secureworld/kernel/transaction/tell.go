package transaction

import (
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// tellState is that of the first message in the outbox: captures, voids and offline
// approvals, strictly
// in the order in which they were asked for, so that nothing is taken back before it
// is there. They wait for reversals and payments, and hinder neither.
type tellState struct {
	inFlight bool
	waiting  bool // for the back-off
	failures int
	answer   []byte // came while a payment has the application's instance
}

// enqueue takes the place of sending a request: both frames are durable, and one of
// them goes out until it is answered.
func (c *Core) enqueue(p *entry, e Authorised) {
	p.intent = &Intent{ID: p.view.ID, Card: p.view.Card, Receipt: p.view.Receipt,
		Reversal: e.Reversal, Repeat: e.Repeat, Keys: e.Keys}
	c.write(*p.intent)
	c.leave(p)
	c.telling(p)
	c.notify(p)
}

func (c *Core) telling(p *entry) {
	p.phase = phaseTelling
	p.since = c.now
	p.view.Status, p.view.Stage = payment.StatusAuthorizing, payment.StageContactingBank
	p.view.Money, p.view.Sent = payment.MoneyUnknown, true
	c.outbox = append(c.outbox, p)
}

func tellQuestion(p *entry) Question {
	if p.start.Type == payment.TypeVoid {
		return Question{Class: ClassReversal, STAN: p.terms.STAN}
	}
	return Question{Class: ClassAdvice, STAN: p.terms.STAN}
}

// waits reports whether an answer may still come to a number, or a repeat go out.
func (c *Core) waits(stan payment.STAN) bool {
	if stan == c.host.terms.STAN && c.host.asking {
		return true
	}
	for _, list := range [][]*entry{c.reversals, c.outbox} {
		for _, p := range list {
			if p.terms.STAN == stan {
				return true
			}
		}
	}
	for _, a := range c.advice.queue {
		if a.Terms.STAN == stan {
			return true
		}
	}
	return false
}

// tellNext goes on with the first message if nothing hinders it. It runs behind every
// step.
func (c *Core) tellNext() {
	if len(c.outbox) == 0 || c.active != nil || len(c.reversals) > 0 || !c.mayTell() {
		return
	}
	p := c.outbox[0]
	switch {
	case c.tell.answer != nil:
		c.do(CheckFollow{ID: p.view.ID, Void: p.start.Type == payment.TypeVoid, Terms: p.terms, Keys: p.intent.Keys, Frame: c.tell.answer})
		c.tell.answer = nil
	case !c.tell.inFlight && !c.tell.waiting:
		frame := p.intent.Repeat
		if !p.repeats {
			frame = p.intent.Reversal
			c.write(Repeating{p.view.ID})
			p.repeats = true
		}
		c.tell.inFlight = true
		c.do(Send{Question: tellQuestion(p), Frame: frame})
		c.setTimer(TimerTell, c.cfg.HostWait)
	}
}

// onTellAnswer keeps the answer for tellNext. It reports whether it is one. The first
// counts: were it the last, what a host says twice would depend on whether a payment
// has the application's instance meanwhile.
func (c *Core) onTellAnswer(q Question, frame []byte) bool {
	if !c.tell.inFlight || len(c.outbox) == 0 || tellQuestion(c.outbox[0]) != q {
		return false
	}
	if c.tell.answer != nil {
		c.counters.Late++
		return true
	}
	c.tell.answer = frame
	return true
}

// onFollowChecked believes nothing that did not verify; the time-out repeats it. Any
// answer but one that asks for later ends it.
func (c *Core) onFollowChecked(e FollowChecked) {
	if e.Code == call.CodeMAC || e.Code == call.CodeAnswer {
		c.counters.BadMACs++
	}
	if !c.tell.inFlight || len(c.outbox) == 0 || c.outbox[0].view.ID != e.ID || e.Code != 0 {
		return
	}
	if later(e.Response) {
		c.tellFailed()
		return
	}
	p := c.outbox[0]
	c.do(Forget{tellQuestion(p)})
	c.stopTimer(TimerTell)
	c.outbox, c.tell = c.outbox[1:], tellState{}
	if p.terms.Offline && p.phase == phaseDone {
		c.judged(p, e)
		return
	}
	p.told = c.verdict(p, e)
	c.write(*p.told)
	c.believe(p)
	c.finishTold(p)
}

// verdict is the host's word. To a void, that he knows no such payment is as good:
// nothing is booked.
func (c *Core) verdict(p *entry, e FollowChecked) *Told {
	t := &Told{ID: p.view.ID, Amount: p.start.Amount, Response: e.Response, Decline: e.Decline, Approval: p.start.Approval}
	t.Approved = e.Response == payment.ResponseCode{'0', '0'} || p.start.Type == payment.TypeVoid && e.Settled.Settled
	if t.Approved {
		t.Decline = payment.DeclineNone
	} else if t.Decline == payment.DeclineNone {
		t.Decline = payment.DeclineDeclined
	}
	return t
}

// finishTold ends what the host has answered; recovery uses it too.
func (c *Core) finishTold(p *entry) {
	if p.told.Approved {
		c.complete(p, payment.OutcomeApproved, moneyOf(p.start.Type), payment.FailureNone)
		return
	}
	c.complete(p, payment.OutcomeDeclined, payment.MoneyNone, payment.FailureNone)
}

// later reports whether the host asks for a repeat.
func later(r payment.ResponseCode) bool {
	return r == payment.ResponseCode{'9', '1'} || r == payment.ResponseCode{'9', '6'}
}

// onTellTimer: no answer in time, or the back-off is over.
func (c *Core) onTellTimer() {
	switch {
	case c.tell.answer != nil:
		c.setTimer(TimerTell, c.cfg.HostWait)
	case c.tell.inFlight:
		c.tellFailed()
	default:
		c.tell.waiting = false
	}
}

func (c *Core) tellFailed() {
	if len(c.outbox) > 0 {
		c.do(Forget{tellQuestion(c.outbox[0])})
	}
	c.tell.inFlight, c.tell.waiting, c.tell.answer = false, true, nil
	c.tell.failures++
	c.setTimer(TimerTell, c.backoff(c.tell.failures))
}

// tellLost: the connection ended that would have carried the answer.
func (c *Core) tellLost() {
	if c.tell.inFlight {
		c.stopTimer(TimerTell)
		c.tell.inFlight, c.tell.answer = false, nil
	}
}
