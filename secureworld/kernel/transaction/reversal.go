package transaction

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// repeatState is that of the oldest pending reversal.
type repeatState struct {
	inFlight bool
	waiting  bool // for the back-off
	failures int
}

// reverse queues the reversal of a payment whose request may have left.
func (c *Core) reverse(p *entry, o payment.Outcome, d payment.Decline, f payment.Failure) {
	p.resolve = &Reversing{ID: p.view.ID, Outcome: o, Decline: d, Failure: f}
	c.write(*p.resolve)
	if c.active == p {
		c.do(Forget{question(p)})
		c.stopDevices(p)
		c.leave(p)
		if !p.cardless() {
			c.do(showOutcome(payment.OutcomeNotCharged))
		}
	}
	c.queue(p)
	c.notify(p)
	c.reverseNext()
}

func (c *Core) queue(p *entry) {
	p.phase = phaseResolving
	p.since = c.now
	p.view.Status, p.view.Stage = payment.StatusResolving, payment.StageReversing
	p.view.Money, p.view.Outcome = payment.MoneyUnknown, payment.OutcomeNone
	c.reversals = append(c.reversals, p)
}

func reversalQuestion(p *entry) Question {
	return Question{Class: ClassReversal, STAN: p.terms.STAN}
}

// reverseNext sends the oldest reversal if nothing hinders it: first the 0420,
// then the 0421, whose bytes never change.
func (c *Core) reverseNext() {
	if len(c.reversals) == 0 || !c.mayTell() || c.repeat.inFlight || c.repeat.waiting {
		return
	}
	p := c.reversals[0]
	frame := p.intent.Repeat
	if !p.repeats {
		frame = p.intent.Reversal
		c.write(Repeating{p.view.ID})
		p.repeats = true
	}
	c.repeat.inFlight = true
	c.do(Send{Question: reversalQuestion(p), Frame: frame})
	c.setTimer(TimerReversal, c.cfg.HostWait)
}

func (c *Core) onReversalAnswer(frame []byte, stan payment.STAN) {
	if len(c.reversals) == 0 || c.reversals[0].terms.STAN != stan {
		c.counters.Late++
		return
	}
	p := c.reversals[0]
	c.do(CheckReversal{ID: p.view.ID, Terms: p.terms, Keys: p.intent.Keys, Frame: frame})
}

func (c *Core) onReversalChecked(e ReversalChecked) {
	if e.Code == call.CodeMAC || e.Code == call.CodeAnswer {
		c.counters.BadMACs++
	}
	if len(c.reversals) == 0 || c.reversals[0].view.ID != e.ID || e.Code != 0 || !e.Settled.Settled {
		return
	}
	p := c.reversals[0]
	c.do(Forget{reversalQuestion(p)})
	c.stopTimer(TimerReversal)
	c.reversals, c.repeat = c.reversals[1:], repeatState{}
	p.view.Decline = p.resolve.Decline
	money := payment.MoneyReleased
	if p.told == nil && e.Response != (payment.ResponseCode{'0', '0'}) {
		money = payment.MoneyNone
	}
	c.complete(p, p.resolve.Outcome, money, p.resolve.Failure)
	c.reverseNext()
}

// onReversalTimer: no answer in time, or the back-off is over.
func (c *Core) onReversalTimer() {
	if c.repeat.inFlight {
		c.reversalFailed()
		return
	}
	c.repeat.waiting = false
	c.reverseNext()
}

func (c *Core) reversalFailed() {
	c.repeat.inFlight = false
	c.repeat.failures++
	c.repeat.waiting = true
	if len(c.reversals) > 0 {
		c.do(Forget{reversalQuestion(c.reversals[0])})
	}
	c.setTimer(TimerReversal, c.backoff(c.repeat.failures))
}

// backoff doubles from one second to five minutes, less up to a quarter, so that
// terminals that failed together do not come back together.
func (c *Core) backoff(failures int) time.Duration {
	d := FirstBackoff << min(failures-1, 16)
	d = min(d, MaxBackoff)
	return d - d/4*time.Duration(c.random[0])/255
}
