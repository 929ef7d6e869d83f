package main

import (
	"crypto/sha256"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// sent looks at a message that leaves for the host.
func (c *checker) sent(b []byte) {
	m, err := c.l.w.rules.codec.Unpack(b)
	if err != nil {
		c.violation("I19", "a message leaves that no host can read")
		return
	}
	rrn := payment.RRN(number(m.String(37)))
	raw, _ := m.Get(48)
	private, _ := hostspec.ParsePrivate(raw)
	ksn := hostspec.FindPrivate(private, hostspec.PrivateKSN)
	if len(ksn) == ksnSize {
		n, digest := [ksnSize]byte(ksn), sha256.Sum256(b)
		c.must(!c.destroyed[[8]byte(ksn)], "I8", "a message leaves under a key that is gone")
		before, used := c.ksns[n]
		c.must(!used || before == digest, "I8", "KSN %x is used for two messages", n)
		c.ksns[n] = digest
	}
	switch m.MTI {
	case hostspec.MTIRequest, hostspec.MTIAuthorisation:
		c.must(c.intents[rrn], "I8", "a request leaves before its intent is durable")
		c.must(!c.asked[m.String(37)], "I8", "an RRN leaves twice")
		c.must(int64(number(m.String(4))) == int64(c.opened[c.attempts[rrn]].Amount), "I6", "DE 4 is not the amount that was asked for")
		if block, there := m.Get(52); there {
			_, known := c.blocks[[16]byte(block)]
			c.must(known, "I18", "a PIN block that the PIN pad never made")
		}
		c.asked[m.String(37)] = true
	case hostspec.MTIAdvice:
		_, advising := c.advices[rrn]
		c.must(c.intents[rrn] || advising, "I8", "a capture leaves before its intent is durable")
	case hostspec.MTINetwork, hostspec.MTIItems:
		c.must(!c.asked[m.String(37)], "I8", "an RRN leaves twice")
		c.asked[m.String(37)] = true
	}
}

func number(s string) (n uint64) {
	for _, d := range []byte(s) {
		if d >= '0' && d <= '9' {
			n = 10*n + uint64(d-'0')
		}
	}
	return n
}

// spoilt notes a message whose MAC is not right any more.
func (c *checker) spoilt(b []byte) { c.bad[sha256.Sum256(b)] = true }

// verified is a message that the application believed.
func (c *checker) verified(b []byte) {
	c.must(!c.bad[sha256.Sum256(b)], "I19", "a message with a false MAC is believed")
}

// answered looks at what the host says to a request with a PIN.
func (c *checker) answered(question, answer []byte) {
	if hostspec.MTI(question) != hostspec.MTIRequest || len(c.blocks) == 0 {
		return
	}
	q, err1 := c.l.w.rules.codec.Unpack(question)
	a, err2 := c.l.w.rules.codec.Unpack(answer)
	if err1 != nil || err2 != nil {
		return
	}
	if block, there := q.Get(52); there {
		c.must(!c.blocks[[16]byte(block)] || a.String(39) != hostspec.ResponseWrongPIN, "I18", "the host cannot read a right PIN")
	}
}

// stepped looks at one step of the core.
func (c *checker) stepped(e transaction.Event, effects []transaction.Effect) {
	refused := false
	switch e := e.(type) {
	case transaction.AnswerChecked:
		refused = e.Code != 0
	case transaction.ReversalChecked:
		refused = e.Code != 0
	case transaction.HostLate:
		refused = true
	}
	if !refused {
		return
	}
	for _, e := range effects {
		switch e.(type) {
		case transaction.Write, transaction.Notify:
			c.must(false, "I19", "a message that does not verify changes something: %T", e)
		}
	}
	c.l.w.count.checks++
}

// step looks at what waits behind a step.
func (c *checker) step(transaction.Event) {
	s, t := c.l.secure, c.l.terminal
	c.must(len(s.asking) <= maxAsking && len(s.work) <= maxWork && len(s.replies) <= maxReplies && len(t.open) <= maxOpen && len(c.l.w.queue) <= maxQueue,
		"I16", "%d questions, %d works, %d replies, %d open payments, %d events wait", len(s.asking), len(s.work), len(s.replies), len(t.open), len(c.l.w.queue))
}

// Bounds of what waits: a request, its reversal, an advice, a batch and an echo at the
// host; a piece of work for each; one payment and those of broken sessions.
const (
	maxAsking  = 6
	maxWork    = 8
	maxReplies = 2
	maxOpen    = 8
	maxQueue   = 400
)

// canceled: a payment whose end was asked for ends at once where nothing was sent, and
// else as soon as host and card have had their time.
func (c *checker) canceled(id payment.ID) {
	s := c.l.secure
	if !s.up || s.core == nil || s.core.State().Busy != id {
		return
	}
	v, cfg := status(s.core, id, s.wall()).View, c.l.config()
	c.must(v.Status != payment.StatusAwaitingCard && v.Status != payment.StatusAwaitingPIN, "I15", "canceled, and it still waits for the cardholder")
	c.l.w.later(&s.process, cfg.HostWait+cfg.FinishWait+cfg.WorkWait+transaction.Slack, func() {
		c.must(s.core.State().Busy != id, "I15", "canceled, and it has no end")
	})
}
