package transaction

import (
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// adviceState is what the host must still be told of cards and their issuers'
// scripts, whatever became of the payment. No money depends on it, so it waits for
// reversals and payments, and hinders none.
type adviceState struct {
	queue    []Advising // oldest first
	inFlight bool       // being built, or sent
	waiting  bool       // for the back-off
	failures int
	keys     []byte
	answer   []byte // came while a payment has the application's instance
}

// advise queues what the card did with the scripts that the host sent it.
func (c *Core) advise(p *entry, e ReaderFinished) {
	if !p.scripts || len(e.Scripts) == 0 {
		return
	}
	if len(e.Scripts)%scriptResult != 0 || len(c.advice.queue) >= MaxAdvices {
		c.counters.Unpermitted++
		return
	}
	a := Advising{Terms: p.terms, Cryptogram: e.Cryptogram, TVR: e.TVR, TSI: e.TSI, Scripts: e.Scripts}
	c.write(a)
	c.advice.queue = append(c.advice.queue, a)
}

// adviseNext goes on with the oldest advice if nothing hinders it. It runs behind
// every step.
func (c *Core) adviseNext() {
	a := &c.advice
	if len(a.queue) == 0 || c.active != nil || len(c.reversals) > 0 || !c.mayTell() {
		return
	}
	switch {
	case a.answer != nil:
		c.do(CheckAdvice{Terms: a.queue[0].Terms, Keys: a.keys, Frame: a.answer})
		a.answer = nil
	case !a.inFlight && !a.waiting:
		a.inFlight = true
		c.do(BuildAdvice{Advising: a.queue[0]})
	}
}

func (c *Core) adviceQuestion() Question {
	return Question{Class: ClassAdvice, STAN: c.advice.queue[0].Terms.STAN}
}

// advising reports whether an advice with this number is on its way.
func (c *Core) advising(rrn payment.RRN) bool {
	return c.advice.inFlight && len(c.advice.queue) > 0 && c.advice.queue[0].Terms.RRN == rrn
}

func (c *Core) onAdviceBuilt(e AdviceBuilt) {
	switch {
	case !c.advising(e.RRN) || c.host.link != linkReady:
	case e.Code != 0:
		c.adviceFailed()
	default:
		c.advice.keys = e.Keys
		c.do(Send{Question: c.adviceQuestion(), Frame: e.Frame})
		c.setTimer(TimerAdvice, c.cfg.HostWait)
	}
}

func (c *Core) onAdviceAnswer(frame []byte, stan payment.STAN) {
	if !c.advice.inFlight || len(c.advice.queue) == 0 || c.advice.queue[0].Terms.STAN != stan || c.advice.answer != nil {
		c.counters.Late++
		return
	}
	c.advice.answer = frame
}

// onAdviceChecked believes nothing that did not verify; the time-out repeats it.
func (c *Core) onAdviceChecked(e AdviceChecked) {
	if e.Code == call.CodeMAC || e.Code == call.CodeAnswer {
		c.counters.BadMACs++
	}
	if !c.advising(e.RRN) || e.Code != 0 {
		return
	}
	c.do(Forget{c.adviceQuestion()})
	c.stopTimer(TimerAdvice)
	c.write(Advised{e.RRN})
	c.advice = adviceState{queue: c.advice.queue[1:]}
}

// onAdviceTimer: no answer in time, or the back-off is over.
func (c *Core) onAdviceTimer() {
	switch {
	case c.advice.answer != nil:
		c.setTimer(TimerAdvice, c.cfg.HostWait)
	case c.advice.inFlight:
		c.adviceFailed()
	default:
		c.advice.waiting = false
	}
}

func (c *Core) adviceFailed() {
	c.do(Forget{c.adviceQuestion()})
	c.advice.inFlight, c.advice.waiting = false, true
	c.advice.failures++
	c.setTimer(TimerAdvice, c.backoff(c.advice.failures))
}

// adviceLost: the connection ended that would have carried the answer.
func (c *Core) adviceLost() {
	if c.advice.inFlight {
		c.stopTimer(TimerAdvice)
		c.advice.inFlight, c.advice.answer = false, nil
	}
}

func (c *Core) replayAdvised(r Advised) {
	c.advice.queue = slices.DeleteFunc(c.advice.queue, func(a Advising) bool { return a.Terms.RRN == r.RRN })
}

// scriptResult is one entry of 9F5B (EMV 4.4 Book 4, Annex A5).
const scriptResult = 5
