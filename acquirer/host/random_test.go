package host_test

import (
	"math/rand/v2"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
)

// life is a payment of a random run.
type life struct {
	m        testlane.Message
	approval string
}

// walk makes messages in any order, with losses and doubles.
type walk struct {
	*bench
	r     *rand.Rand
	card  *testlane.Card
	lives []*life
}

func (w *walk) any() *life {
	if len(w.lives) == 0 {
		return nil
	}
	return w.lives[w.r.IntN(len(w.lives))]
}

// next makes a message that may not be possible.
func (w *walk) next() testlane.Message {
	amount := 1 + w.r.Int64N(900)
	of := w.any()
	switch n := w.r.IntN(10); {
	case n == 0 || of == nil:
		return w.by(w.card, testlane.SaleOf(amount, testlane.Token(1)))
	case n == 1:
		return w.by(w.card, testlane.HoldOf(amount))
	case n == 2:
		return w.by(w.card, testlane.CashOf(amount, 1+w.r.Int64N(amount)))
	case n == 3:
		return w.by(w.card, testlane.OfflineOf(amount))
	case n == 4:
		return w.by(w.card, testlane.RefundOf(amount/10+1))
	case n == 5:
		return w.terminal.Stored(w, amount, testlane.Token(1), testlane.Partial())
	case n == 6:
		return w.terminal.Increment(w, of.m, of.approval, amount)
	case n == 7:
		return w.terminal.Return(w, of.m, amount)
	}
	return w.terminal.Capture(w, of.m, of.approval, amount, w.r.IntN(3) == 0)
}

func (w *walk) step() {
	switch n := w.r.IntN(20); {
	case n < 9:
		l := &life{m: w.next()}
		w.lives = append(w.lives, l)
		if w.r.IntN(10) > 0 { // else it was lost, or comes later
			w.send(l)
		}
	case n < 12 && len(w.lives) > 0:
		w.send(w.any())
	case n < 15 && len(w.lives) > 0:
		w.frame(w.terminal.Reversal(w, hostspec.MTIReversal, w.any().m))
	case n < 17 && len(w.lives) > 0:
		w.frame(w.terminal.Void(w, w.any().m))
	case n == 17:
		w.frame(w.terminal.Settle(w, w.terminal.Batch(), [8]int64{}))
		w.terminal.NextBatch()
	case n == 18:
		w.reopen(w.lane.Client)
	}
}

func (w *walk) send(l *life) {
	reply, err := w.host.Handle(w.Context(), w.session(), l.m.Frame)
	if err != nil {
		return // its key serial number was dropped with its batch
	}
	if a := w.terminal.Check(w, l.m, reply.Frame); a.Has(38) {
		l.approval = a.String(38)
	}
}

// TestWhateverComesInWhateverOrderTheBooksAgree holds the books to their rules after
// each message, and the sum of all payments to the issuer's.
func TestWhateverComesInWhateverOrderTheBooksAgree(t *testing.T) {
	for seed := range uint64(4) {
		b := newBench(t)
		w := &walk{bench: b, r: rand.New(rand.NewPCG(seed, 0)), card: b.issuedCard()}
		approvals := 0
		for n := range 250 {
			w.step()
			l, err := b.host.Ledger(t.Context())
			if err != nil || len(l.Broken) > 0 || l.Unbalanced != 0 || l.LedgerHeld != l.IssuerHeld || l.Cards[0].Balance != 10_000-l.IssuerDebits {
				t.Fatalf("seed %d, step %d: %+v, %v", seed, n, l, err)
			}
		}
		for _, l := range w.lives {
			if l.approval != "" {
				approvals++
			}
		}
		for _, l := range w.lives { // once everything is reversed, nothing is booked
			w.frame(w.terminal.Reversal(t, hostspec.MTIReversal, l.m))
		}
		for range 3 { // what was built on had to go first
			for _, l := range w.lives {
				w.frame(w.terminal.Reversal(t, hostspec.MTIReversalRepeat, l.m))
			}
		}
		if l, err := b.host.Ledger(t.Context()); err != nil || l.IssuerDebits != 0 || l.LedgerHeld != 0 || l.Cards[0].Balance != 10_000 || approvals < 20 {
			t.Errorf("seed %d: %+v after all was reversed, %d approvals, %v", seed, l, approvals, err)
		}
	}
}
