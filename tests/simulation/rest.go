package main

import (
	"bytes"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// atRest is what must hold of a lane once nothing goes wrong any more.
func (c *checker) atRest() {
	s, t := c.l.secure, c.l.terminal
	if c.l.deceived.older && s.up && s.core != nil {
		c.older()
		return
	}
	if s.tampered.gone {
		c.brought()
		c.secrets()
		return
	}
	if !s.up || s.core == nil {
		c.violation("I12", "the secure world does not come up")
		return
	}
	st := s.core.State()
	c.must(st.Busy.Zero(), "I14", "the lane stays busy")
	c.must(st.Told == 0, "I13", "%d captures and voids do not drain", st.Told)
	c.must(c.unadvised() == 0, "I13", "%d advices on commands to cards do not drain", c.unadvised())
	c.must(st.Pending == 0, "I13", "%d reversals do not drain", st.Pending)
	c.must(st.HostSignedOn && !st.NeedsAttention, "I12", "the lane does not go on: %v", st.Terminal)
	c.must(len(t.open) == 0, "I12", "%d payments have no outcome at the terminal", len(t.open))
	c.must(len(s.asking) <= 4 && len(s.work) <= 4 && len(s.replies) == 0, "I16", "queues grow")
	c.must(!s.busy, "I14", "the lane refuses payments for ever")
	c.replays()
	c.hostKey()
	c.l.follower.atRest()
	c.batches()
	c.secrets()
}

// replays holds the running core against one that reads its journal.
func (c *checker) replays() {
	s := c.l.secure
	core := c.again(s)
	if core == nil {
		return
	}
	core.Recover(s.wall())
	for _, id := range c.ids {
		a, b := status(s.core, id, s.wall()), status(core, id, s.wall())
		c.must(a.Refused == b.Refused && a.View == b.View, "I9", "the journal tells another story of a payment than the core")
		c.must(a.View.Outcome != payment.OutcomeNone, "I12", "a payment has no outcome")
	}
}

func status(core *transaction.Core, id payment.ID, now time.Time) transaction.Reply {
	for _, e := range core.Step(transaction.Input{Now: now, Event: transaction.Status{Reply: 1, ID: id}}) {
		if r, ok := e.(transaction.Reply); ok {
			r.To = 0
			return r
		}
	}
	return transaction.Reply{Refused: mailbox.CodeInvalid}
}

// batches: every batch is closed with the same totals on both sides, and none of the
// two ever lost an item.
func (c *checker) batches() {
	core, now := c.l.secure.core, c.l.secure.wall()
	for b := core.State().Batch - 1; b > 0; b-- {
		for _, e := range core.Step(transaction.Input{Now: now, Event: transaction.Batch{Reply: 1, Batch: mailbox.Batch{Batch: b}}}) {
			if r, ok := e.(transaction.Reply); ok {
				v := r.Batch
				c.must(r.Refused == mailbox.CodeNone && v.State == mailbox.BatchClosed && v.Ours == v.Theirs, "I7",
					"batch %d is %v: ours %+v, theirs %+v", b, v.State, v.Ours, v.Theirs)
			}
		}
	}
}

// secrets looks for account data and PIN blocks on the secure world's disk.
func (c *checker) secrets() {
	all, _ := c.l.secure.file.ReadAll()
	c.scan("I20", "the journal", all)
	c.scan("I20", "the storage", c.l.kept)
	for block := range c.blocks {
		c.must(!bytes.Contains(all, block[:]), "I20", "the journal holds a PIN block")
	}
}
