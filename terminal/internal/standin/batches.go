package standin

import (
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// batch is one that was asked to be closed.
type batch struct {
	view        mailbox.BatchView
	differences []mailbox.Different
}

// settling is how the next batch closes.
type settling struct {
	fault       Fault
	waits       bool
	differences []mailbox.Different
}

// Differ makes the next batch differ at the host.
func (w *World) Differ(differences ...mailbox.Different) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settling.differences = differences
}

// FailSettle sets what becomes of the next Settle: NoFault, DropUnheard or DropAfter.
func (w *World) FailSettle(f Fault) { w.mu.Lock(); w.settling.fault = f; w.mu.Unlock() }

// Pending makes closed batches wait, until it is called with false.
func (w *World) Pending(waits bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.settling.waits = waits
	for _, b := range w.batches {
		if b.view.State == mailbox.BatchWaiting && !waits {
			w.end(b)
		}
	}
}

func (w *World) settle(body []byte) (any, error) {
	var m mailbox.Settle
	if err := frame.Parse(body, &m); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	fault := w.settling.fault
	w.settling.fault = NoFault
	if fault == DropUnheard {
		return nil, errDropped
	}
	answer := w.closing(m.Batch)
	if fault == DropAfter {
		return nil, errDropped
	}
	return answer, nil
}

// closing closes the batch, unless it is closed. The caller holds mu.
func (w *World) closing(number payment.Batch) any {
	if b := w.batches[number]; b != nil {
		return b.view
	}
	switch {
	case w.refusal != mailbox.CodeNone:
		return mailbox.Refused{Code: w.refusal}
	case number != w.about.Batch:
		return mailbox.Refused{Code: mailbox.CodeState}
	}
	b := &batch{view: w.openBatch()}
	w.batches[number] = b
	w.about.Batch++
	b.view.State, b.view.Attempts = mailbox.BatchWaiting, 1
	if w.settling.waits {
		b.view.Pending = 1
	} else {
		w.end(b)
	}
	return b.view
}

// end is the host's answer. The caller holds mu.
func (w *World) end(b *batch) {
	b.view.State, b.view.Pending, b.view.Answered, b.view.Closed = mailbox.BatchClosed, 0, true, 1_795_000_000
	b.view.Theirs = b.view.Ours
	if b.differences = w.settling.differences; len(b.differences) > 0 {
		b.view.State, b.view.Differences = mailbox.BatchDiffers, uint32(len(b.differences))
		b.view.Theirs.SalesAmount = 0
	}
	w.settling.differences = nil
}

// openBatch sums what has ended in the open batch. The caller holds mu.
func (w *World) openBatch() mailbox.BatchView {
	v := mailbox.BatchView{Batch: w.about.Batch}
	t := &v.Ours
	for _, e := range w.payments {
		if e.batch != w.about.Batch {
			continue
		}
		switch {
		case e.view.Type == payment.TypeRefund && e.view.Money == payment.MoneyRefunded:
			t.Refunds, t.RefundsAmount = t.Refunds+1, t.RefundsAmount+e.view.Approved
		case e.view.Type == payment.TypeSale && e.view.Approved > 0 && e.view.Money == payment.MoneyReleased:
			t.Voided, t.VoidedAmount = t.Voided+1, t.VoidedAmount+e.view.Approved
		case (e.view.Type == payment.TypeSale || e.view.Type == payment.TypeCapture) && e.view.Approved > 0:
			t.Sales, t.SalesAmount = t.Sales+1, t.SalesAmount+e.view.Approved
		}
	}
	return v
}

func (w *World) batchView(body []byte) (any, error) {
	var m mailbox.Batch
	if err := frame.Parse(body, &m); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if m.Batch == 0 || m.Batch == w.about.Batch {
		return w.openBatch(), nil
	}
	if b := w.batches[m.Batch]; b != nil {
		return b.view, nil
	}
	return mailbox.Refused{Code: mailbox.CodeNotFound}, nil
}

func (w *World) difference(body []byte) (any, error) {
	var m mailbox.Difference
	if err := frame.Parse(body, &m); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if b := w.batches[m.Batch]; b != nil && int(m.Index) < len(b.differences) {
		return b.differences[m.Index], nil
	}
	return mailbox.Different{}, nil
}
