package transaction

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

type link uint8

const (
	linkDown link = iota
	linkSigningOn
	linkReady
)

type hostState struct {
	link      link
	everReady bool
	serial    uint64 // of the network exchange under way
	asking    bool
	signOn    bool
	terms     call.Terms
	keys      []byte
	missed    int                 // echoes without an answer
	refusal   payment.HostRefusal // of the last sign-on
}

func (c *Core) onHost(e Event) {
	switch e := e.(type) {
	case HostUp:
		c.host.link, c.host.missed = linkSigningOn, 0
		c.ask(true)
	case HostDown:
		c.onHostDown()
	case HostFrame:
		c.onHostFrame(e)
	case HostLate:
		c.counters.Late++
	case NetworkBuilt:
		c.onNetworkBuilt(e)
	case NetworkChecked:
		c.onNetworkChecked(e)
	}
}

func (c *Core) onHostDown() {
	if c.host.link == linkDown {
		return
	}
	c.host.link, c.host.asking = linkDown, false
	c.adviceLost()
	c.tellLost()
	c.settleLost()
	c.stopTimer(TimerEcho)
	if c.repeat.inFlight {
		c.reversalFailed()
	}
	if p := c.active; p != nil && p.phase == phaseHost {
		// An answer can only come over the connection that carried the question.
		c.abandon(p, payment.OutcomeNotCharged, payment.FailureHostTimeout)
	}
}

func (c *Core) onHostFrame(e HostFrame) {
	switch e.Question.Class {
	case ClassRequest:
		c.onRequestAnswer(e.Frame, e.Question.STAN)
	case ClassSettlement, ClassItems:
		c.onSettleAnswer(e.Question, e.Frame)
	case ClassReversal:
		if c.onTellAnswer(e.Question, e.Frame) {
			return
		}
		c.onReversalAnswer(e.Frame, e.Question.STAN)
	case ClassAdvice:
		if c.onTellAnswer(e.Question, e.Frame) {
			return
		}
		c.onAdviceAnswer(e.Frame, e.Question.STAN)
	case ClassNetwork:
		c.do(CheckNetwork{Serial: c.host.serial, Terms: c.host.terms, Keys: c.host.keys, Frame: e.Frame})
	}
}

// ask begins a sign-on or an echo under fresh numbers.
func (c *Core) ask(signOn bool) {
	stan, rrn := c.issue()
	c.write(Asked{STAN: stan, RRN: rrn})
	c.host.serial++
	c.host.asking, c.host.signOn, c.host.keys = true, signOn, nil
	c.host.terms = c.terms(mailbox.Start{Currency: c.cfg.Currency}, stan, rrn, [4]byte{})
	c.do(BuildNetwork{Serial: c.host.serial, SignOn: signOn, Terms: c.host.terms})
	c.setTimer(TimerEcho, c.cfg.HostWait)
}

func (c *Core) onNetworkBuilt(e NetworkBuilt) {
	if e.Serial != c.host.serial || !c.host.asking || c.host.link == linkDown {
		return
	}
	if e.Code != 0 {
		c.do(DropHost{})
		return
	}
	c.host.keys = e.Keys
	c.do(Send{Question: c.networkQuestion(), Frame: e.Frame})
}

func (c *Core) networkQuestion() Question {
	return Question{Class: ClassNetwork, STAN: c.host.terms.STAN}
}

func (c *Core) onNetworkChecked(e NetworkChecked) {
	if e.Code == call.CodeMAC || e.Code == call.CodeAnswer {
		c.counters.BadMACs++
	}
	if e.Serial != c.host.serial || !c.host.asking || e.Code != 0 {
		return
	}
	if e.Response != (payment.ResponseCode{'0', '0'}) {
		if c.host.signOn {
			c.host.refusal = e.Refusal // it is asked again when the timer ends
		}
		return
	}
	c.do(Forget{c.networkQuestion()})
	c.host.asking, c.host.missed = false, 0
	if c.host.signOn {
		c.host.refusal = 0
	}
	if c.host.signOn && !c.rolledBack && (e.Behind || e.TopRRN > c.topPaid) {
		// The host has seen a payment that this journal never began: it is an older
		// copy, or another terminal runs on a copy of it. Numbers of sign-ons say
		// nothing, since those whose answers are lost use up numbers that are missing.
		// Selling ends here, and so does reversing: what this journal does not know to
		// be complete may be.
		c.rolledBack = true
		c.write(RolledBack{Known: e.TopRRN})
	}
	c.host.link, c.host.everReady = linkReady, true
	c.setTimer(TimerEcho, EchoAfter)
	c.reverseNext()
}

// mayTell reports whether the host may be told of payments.
func (c *Core) mayTell() bool { return c.host.link == linkReady && !c.rolledBack }

// onEchoTimer: silence was long enough, or an answer did not come.
func (c *Core) onEchoTimer() {
	switch {
	case c.host.link == linkDown:
	case c.active != nil && !c.host.asking:
		c.setTimer(TimerEcho, EchoAfter) // a payment asks the host soon enough
	case !c.host.asking:
		c.ask(false)
	case c.host.signOn || c.host.missed+1 >= MaxMissedEchoes:
		c.host.asking = false
		c.do(Forget{c.networkQuestion()}, DropHost{})
	default:
		c.do(Forget{c.networkQuestion()})
		c.host.missed++
		c.ask(false)
	}
}

func (c *Core) onTimer(e TimerFired) {
	if e.Timer >= TimerCount || c.generation[e.Timer] != e.Generation {
		return
	}
	switch e.Timer {
	case TimerReversal:
		c.onReversalTimer()
	case TimerAdvice:
		c.onAdviceTimer()
	case TimerTell:
		c.onTellTimer()
	case TimerSettle:
		c.onSettleTimer()
	case TimerEcho:
		c.onEchoTimer()
	default:
		c.onPaymentTimer(e.Timer)
	}
}

func (c *Core) onPaymentTimer(t Timer) {
	p := c.active
	if p == nil {
		return
	}
	switch t {
	case TimerCard:
		c.abandon(p, payment.OutcomeCanceled, payment.FailureCardTimeout)
	case TimerWork:
		c.abandon(p, payment.OutcomeFailed, payment.FailureInternal)
	case TimerPIN:
		c.abandon(p, payment.OutcomeCanceled, payment.FailurePINTimeout)
	case TimerHost:
		c.abandon(p, payment.OutcomeNotCharged, payment.FailureHostTimeout)
	case TimerFinish:
		c.abandon(p, payment.OutcomeNotCharged, payment.FailureNoCompletion)
	}
}

// Zone parses an offset such as "+01:00".
func Zone(offset string) (*time.Location, error) {
	t, err := time.Parse("-07:00", offset)
	if err != nil {
		return nil, ErrRecord
	}
	return t.Location(), nil
}
