package transaction

import (
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// item is one booking of the open batch. What was taken back is none.
type item struct {
	id     payment.ID
	kind   payment.Type // sale, capture or refund
	rrn    payment.RRN
	amount payment.Amount
}

// booked adds an approved payment to the open batch.
func (c *Core) booked(p *entry) {
	i := item{p.view.ID, p.start.Type, p.terms.RRN, p.view.Approved}
	c.books.items = append(c.books.items, i)
	if t := &c.books.totals; i.kind == payment.TypeRefund {
		t.Refunds++
		t.RefundsAmount += i.amount
	} else {
		t.Sales++
		t.SalesAmount += i.amount
	}
}

// unbooked takes back what was complete, if it is there.
func (c *Core) unbooked(p *entry) {
	if i, there := c.unbook(p); there {
		c.tookBack(i.kind, i.amount)
	}
}

// unbook takes it out again.
func (c *Core) unbook(p *entry) (item, bool) {
	at := slices.IndexFunc(c.books.items, func(i item) bool { return i.id == p.view.ID })
	if at < 0 {
		return item{}, false
	}
	i := c.books.items[at]
	c.books.items = slices.Delete(c.books.items, at, at+1)
	t := &c.books.totals
	if i.kind == payment.TypeRefund {
		t.Refunds--
		t.RefundsAmount -= i.amount
	} else {
		t.Sales--
		t.SalesAmount -= i.amount
	}
	return i, true
}

// tookBack counts among the reversals what was complete and was taken back. What was
// reversed because nobody knew of it counts nowhere.
func (c *Core) tookBack(kind payment.Type, amount payment.Amount) {
	if t := &c.books.totals; kind == payment.TypeRefund {
		t.Returned++
		t.ReturnedSum += amount
	} else {
		t.Voided++
		t.VoidedAmount += amount
	}
}

// batchView describes a batch; false if there never was one of this number.
func (c *Core) batchView(b payment.Batch) (mailbox.BatchView, bool) {
	if b == 0 || b == c.batch {
		return c.openBatch(), true
	}
	at := slices.IndexFunc(c.books.closed, func(x closedBatch) bool { return x.view.Batch == b })
	if at < 0 {
		return mailbox.BatchView{}, false
	}
	return c.books.closed[at].view, true
}

func (c *Core) openBatch() mailbox.BatchView {
	s := &c.books
	v := mailbox.BatchView{Batch: c.batch, Ours: s.totals, Attempts: s.attempts, Answered: s.theirs != nil,
		Pending: uint32(len(c.reversals) + len(c.outbox))}
	if s.theirs != nil {
		v.Theirs = *s.theirs
	}
	switch {
	case c.closing():
		v.State = mailbox.BatchClosing
	case s.wish:
		v.State = mailbox.BatchWaiting
	}
	return v
}

// difference finds one difference of a closed batch.
func (c *Core) difference(b payment.Batch, index uint32) mailbox.Different {
	for _, x := range c.books.closed {
		if x.view.Batch == b && index < uint32(len(x.differences)) {
			d := x.differences[index]
			return mailbox.Different{Present: true, Kind: d.Kind, Type: d.Type, ID: d.ID, RRN: d.RRN, Ours: d.Ours, Theirs: d.Theirs}
		}
	}
	return mailbox.Different{}
}
