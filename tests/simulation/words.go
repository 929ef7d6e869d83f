package main

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// told is the secure world's word on a payment.
func (c *checker) told(v mailbox.View) {
	c.alone[v.ID] = c.alone[v.ID] || v.Offline
	if before, ended := c.final[v.ID]; ended {
		c.must(before.Outcome == v.Outcome && (before.Money == v.Money || c.continued(v.ID)), "I10",
			"%v %v became %v %v", before.Outcome, before.Money, v.Outcome, v.Money)
	}
	if v.Outcome == payment.OutcomeNone {
		return
	}
	done, durable := c.done[v.ID]
	c.must(durable && done.Outcome == v.Outcome, "I5", "the outcome %v was told before it was durable", v.Outcome)
	if v.Outcome == payment.OutcomeApproved && v.Card.EntryMode.AtCard() && v.Type != payment.TypeRefund {
		c.must(v.Receipt.Completed && c.tcs[v.Receipt.Cryptogram], "I5", "approved, and the card gave no TC")
	}
	c.final[v.ID] = v
	if b, err := frame.Append(nil, v); err == nil {
		c.scan("I17", "a view", b)
	}
}

// continued: a payment's money moves with what continues it.
func (c *checker) continued(id payment.ID) bool {
	if c.alone[id] {
		return true // its issuer may still refuse it
	}
	for _, s := range c.opened {
		if s.Of == id || s.Type == payment.TypeVoid && c.opened[s.Of].Of == id {
			return true
		}
	}
	return c.opened[id].Type == payment.TypeCapture && c.continued(c.opened[id].Of)
}

func (c *checker) scan(invariant, where string, b []byte) {
	c.l.w.count.checks++
	for _, n := range c.needles {
		if bytes.Contains(b, n) {
			c.violation(invariant, "%s holds an account number", where)
		}
	}
}

// terminalTells is a durable change at the terminal.
func (c *checker) terminalTells(r sale.Record) {
	p := r.Payment
	if before, ended := c.terminal[p.ID]; ended && before.Outcome != nil {
		c.must(p.Outcome != nil && *p.Outcome == *before.Outcome && (p.Money == before.Money || c.continued(p.ID)), "I10", "a final outcome changed at the terminal")
	}
	if p.Outcome != nil {
		failure := ""
		if p.Failure != nil {
			failure = p.Failure.Code
		}
		c.l.w.tracef(c.l, "%v of %d ends: %s %s %s", p.ID, p.Amount, *p.Outcome, p.Money, failure)
	}
	c.terminal[p.ID] = p
}

// tillHears is an answer that reached the till.
func (c *checker) tillHears(key string, p sale.Payment) {
	before, heard := c.till[key]
	if heard {
		c.must(before.ID == p.ID, "I10", "a key has another payment than before")
		c.must(before.ID != p.ID || p.Version >= before.Version, "I11", "an answer is older than the one before")
		c.must(before.Outcome == nil || p.Outcome != nil && *p.Outcome == *before.Outcome, "I10", "a final outcome changed at the till")
	}
	c.till[key] = p
}

func (c *checker) neverSeen(_ string, acknowledged bool) {
	c.must(!acknowledged, "I10", "a key that was acknowledged was never seen")
}

func (c *checker) gaveUp(string) {}

func (c *checker) replayed(existing *sale.Record, r sale.Request) {
	c.must(existing.Fingerprint == r.Fingerprint(), "I3", "a key answers another question")
}

// shown is an amount on a display in front of the cardholder.
func (c *checker) shown(where string, order [16]byte, amount uint64) {
	id, durable := c.orders[order]
	c.must(durable, "I8", "the %s has an order whose numbers are not durable", where)
	c.must(!durable || uint64(c.opened[id].Amount) == amount, "I6", "the %s shows another amount", where)
}

func (c *checker) gaveTC(cryptogram [8]byte) { c.tcs[cryptogram] = true }

func (c *checker) enteredPIN(_ [12]byte, block [16]byte, right bool) {
	_, twice := c.blocks[block]
	c.must(!twice, "I18", "a PIN block comes twice")
	c.blocks[block] = right
}
