package transaction

import (
	"cmp"
	"slices"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Replay takes one record of the journal, oldest first, before the first Step.
func (c *Core) Replay(r Record) {
	switch r := r.(type) {
	case Opened:
		c.open(r.Start)
	case Attempted:
		c.replayAttempt(r)
	case Used:
		c.readerTop, c.pinTop = max(c.readerTop, r.Reader), max(c.pinTop, r.PINPad)
	case Asked:
		c.stan, c.rrn = r.STAN, max(c.rrn, r.RRN)
		c.issued++
	case Intent:
		c.with(r.ID, func(p *entry) {
			p.intent = &r
			p.view.Card, p.view.Receipt = r.Card, r.Receipt
			p.view.Sent, p.terms.Offline = true, r.Offline
		})
	case Judged:
		c.with(r.ID, func(p *entry) { c.replayJudged(p, r) })
	case Told:
		c.with(r.ID, func(p *entry) { p.told = &r; c.believe(p) })
	case Reversing:
		c.with(r.ID, func(p *entry) { p.resolve = &r })
	case Repeating:
		c.with(r.ID, func(p *entry) { p.repeats = true })
	case Advising:
		c.advice.queue = append(c.advice.queue, r)
	case Advised:
		c.replayAdvised(r)
	case Replacing:
		c.rekey.plan = &r
	case Destroyed:
		c.rekey = rekeyState{last: c.rekey.plan}
	case RolledBack:
		c.rolledBack = true
	case Configured:
		c.parameters = max(c.parameters, r.Version)
	case Closing, Settling, Differing, Closed, Reopened:
		c.replayBatch(r)
	case Canceling:
		c.with(r.ID, func(p *entry) { p.view.CancelRequested = true })
	case Done:
		c.with(r.ID, func(p *entry) { c.replayDone(p, r) })
	}
}

func (c *Core) with(id payment.ID, f func(*entry)) {
	if p := c.payments[id]; p != nil {
		f(p)
	}
}

func (c *Core) replayAttempt(r Attempted) {
	if p := c.payments[r.ID]; p == nil || p.start.Type != payment.TypeVoid {
		c.stan, c.rrn = r.Terms.STAN, max(c.rrn, r.Terms.RRN)
		c.topPaid = max(c.topPaid, r.Terms.RRN)
		c.issued++
	}
	c.with(r.ID, func(p *entry) {
		p.order, p.terms, p.view.Attempt = r.Order, r.Terms, r.Attempt
		p.intent, p.told, p.resolve, p.repeats = nil, nil, nil, false
		p.view.Sent = false
		p.view.Receipt = receiptOf(r.Terms)
	})
}

func (c *Core) replayJudged(p *entry, r Judged) {
	c.outbox = slices.DeleteFunc(c.outbox, func(o *entry) bool { return o == p })
	c.judge(p, r)
	c.changed = nil
}

func (c *Core) replayDone(p *entry, r Done) {
	if p.terms.Offline && p.intent != nil && approved(r.Outcome) {
		p.view.Approved, p.view.Offline = p.start.Amount, true
		c.outbox = append(c.outbox, p)
	}
	p.view.Decline = r.Decline
	p.view.Receipt.Completed, p.view.Receipt.Cryptogram = r.Completed, r.Cryptogram
	p.view.Receipt.TVR, p.view.Receipt.TSI = r.TVR, r.TSI
	c.settle(p, r.Outcome, r.Money, r.Failure)
	c.changed = nil
}

// Recover decides, after the last record, what becomes of payments that were
// under way. It returns records to be made durable before anything else; running
// it again after a crash within it comes to the same end.
func (c *Core) Recover(now time.Time) []Effect {
	c.now, c.out = now, nil
	c.takeParameters()
	c.recoverKey()
	for _, p := range c.unfinished() {
		c.recover(p)
	}
	return c.out
}

func (c *Core) recover(p *entry) {
	switch {
	case p.intent == nil:
		// Nothing was sent under this attempt, and every earlier one was declined.
		c.complete(p, payment.OutcomeNotCharged, payment.MoneyNone, payment.FailureInterrupted)
	case p.intent.Offline:
		c.approveAlone(p)
	case p.resolve == nil && p.told != nil && !p.told.Approved:
		c.complete(p, payment.OutcomeDeclined, payment.MoneyNone, payment.FailureNone)
	case told(p.start.Type) && p.told != nil:
		c.finishTold(p)
	case told(p.start.Type):
		p.view.Version = recoveredVersion
		c.telling(p)
		c.notify(p)
	case p.resolve == nil && p.told != nil && !p.atCard() && c.wanted(p):
		// Complete with the host's approval, of which everything is durable.
		c.approve(p)
	case p.resolve == nil:
		p.resolve = &Reversing{ID: p.view.ID, Outcome: payment.OutcomeNotCharged, Failure: payment.FailureInterrupted}
		c.write(*p.resolve)
		fallthrough
	default:
		p.view.Version = recoveredVersion
		c.queue(p)
		c.notify(p)
	}
}

// unfinished lists payments in the order in which they began.
func (c *Core) unfinished() []*entry {
	var out []*entry
	for _, p := range c.payments {
		if p.phase != phaseDone {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *entry) int { return cmp.Compare(a.sequence, b.sequence) })
	return out
}

// takeParameters notes newer parameters, and finds older ones out.
func (c *Core) takeParameters() {
	switch {
	case c.cfg.Parameters > c.parameters:
		c.parameters = c.cfg.Parameters
		c.write(Configured{c.parameters})
	case c.cfg.Parameters < c.parameters:
		c.outdated = true
	}
}
