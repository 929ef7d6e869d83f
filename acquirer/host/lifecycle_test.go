package host_test

import (
	"context"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

const approved = hostspec.ResponseApproved

// has checks a card's balance and what is held of it, and that all books agree.
func (b *bench) has(last4 string, balance, held int64) {
	b.Helper()
	l, err := b.host.Ledger(context.Background())
	if err != nil || len(l.Broken) > 0 || l.TrialBalance != 0 || l.Unbalanced != 0 {
		b.Fatalf("books %+v, %v", l, err)
	}
	for _, a := range l.Cards {
		if a.Last4 == last4 && (a.Balance != balance || a.Held != held) {
			b.Fatalf("card %s has %d and %d held, want %d and %d", last4, a.Balance, a.Held, balance, held)
		}
	}
}

// account is what the control report says of a payment.
func (b *bench) account(m testlane.Message) (a struct{ held, captured, refunded int64 }) {
	b.Helper()
	p, err := b.host.Payment(context.Background(), b.terminal.ID, m.Fields.String(37))
	if err != nil {
		b.Fatal(err)
	}
	a.held, a.captured, a.refunded = p.Held, p.Captured, p.Refunded
	return a
}

func (b *bench) by(c *testlane.Card, o testlane.Order) testlane.Message {
	b.Helper()
	return b.terminal.By(b, c, o)
}

// issuedCard is PAN1 with 10,000.
func (b *bench) issuedCard() *testlane.Card {
	b.Helper()
	return b.card(testlane.PAN1, "1234", 10_000, provisioning.ScenarioApprove)
}

const last4 = "1111"

// TestEveryKindIsBookedOnceAndReversedForGood sends each kind twice under other KSNs,
// reverses it twice, and sends it once more; and then in the other order.
func TestEveryKindIsBookedOnceAndReversedForGood(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	base := b.by(c, testlane.SaleOf(1_000, testlane.Token(1)))
	b.wants(base, approved)
	hold := b.by(c, testlane.HoldOf(1_000))
	approval := b.wants(hold, approved).String(38)
	kinds := map[string]func() testlane.Message{
		"sale":      func() testlane.Message { return b.by(c, testlane.SaleOf(100)) },
		"cashback":  func() testlane.Message { return b.by(c, testlane.CashOf(100, 50)) },
		"hold":      func() testlane.Message { return b.by(c, testlane.HoldOf(100)) },
		"refund":    func() testlane.Message { return b.by(c, testlane.RefundOf(100)) },
		"balance":   func() testlane.Message { return b.by(c, testlane.BalanceOf()) },
		"offline":   func() testlane.Message { return b.by(c, testlane.OfflineOf(100)) },
		"stored":    func() testlane.Message { return b.terminal.Stored(t, 100, testlane.Token(1)) },
		"return":    func() testlane.Message { return b.terminal.Return(t, base, 100) },
		"increment": func() testlane.Message { return b.terminal.Increment(t, hold, approval, 100) },
		"capture":   func() testlane.Message { return b.terminal.Capture(t, hold, approval, 100, false) },
	}
	for name, make := range kinds {
		m := make()
		b.wants(m, approved)
		b.frame(m)
		for _, mti := range []string{hostspec.MTIReversal, hostspec.MTIReversalRepeat} {
			b.wants(b.terminal.Reversal(t, mti, m), approved)
			b.has(last4, 9_000, 1_000)
		}
		b.frame(m)
		b.has(last4, 9_000, 1_000)
		late := make()
		b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, late), hostspec.ResponseNoOriginal)
		if a := b.ask(late); hostspec.CategoryOf(a.String(39)) == hostspec.CategoryApproved {
			t.Errorf("%s: approved after its reversal", name)
		}
		b.wants(b.terminal.Reversal(t, hostspec.MTIReversalRepeat, late), hostspec.ResponseNoOriginal)
		b.has(last4, 9_000, 1_000)
	}
}

func TestAnotherSelectionOfFieldsIsAFormatError(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	sale := b.by(c, testlane.SaleOf(1_000, testlane.Token(1)))
	b.wants(sale, approved)
	hold := b.by(c, testlane.HoldOf(1_000))
	approval := b.wants(hold, approved).String(38)
	changed := func(m testlane.Message, change func(m *codec.Message)) testlane.Message {
		change(m.Fields)
		return b.terminal.Repeat(t, m.Fields.MTI, m)
	}
	without := func(n int) func(*codec.Message) { return func(m *codec.Message) { m.Delete(n) } }
	with := func(n int, v string) func(*codec.Message) { return func(m *codec.Message) { m.SetString(n, v) } }
	capture := func() testlane.Message { return b.terminal.Capture(t, hold, approval, 100, false) }
	for why, m := range map[string]testlane.Message{
		"a capture without an approval":   changed(capture(), without(38)),
		"a capture without a batch":       changed(capture(), without(60)),
		"a capture of nothing named":      changed(capture(), without(90)),
		"a capture of institutions":       changed(capture(), with(90, "0100"+strings.Repeat("1", 38))),
		"a capture of another processing": changed(capture(), with(3, hostspec.ProcessingRefund)),
		"an increment without approval":   changed(b.terminal.Increment(t, hold, approval, 1), without(38)),
		"a refund with an approval":       changed(b.terminal.Return(t, sale, 1), with(38, "000001")),
		"a refund as if a card were read": changed(b.terminal.Return(t, sale, 1), with(22, "051")),
		"a refund with the card there":    changed(b.terminal.Return(t, sale, 1), with(25, "00")),
		"a stored sale with cash":         changed(b.terminal.Stored(t, 100, testlane.Token(1)), with(3, hostspec.ProcessingCashback)),
		"a stored balance":                changed(b.terminal.Stored(t, 100, testlane.Token(1)), with(3, hostspec.ProcessingBalance)),
		"an unknown processing":           changed(b.terminal.Stored(t, 100, testlane.Token(1)), with(3, "010000")),
		"two answers to partial":          b.terminal.Stored(t, 100, testlane.Token(1), hostspec.Element{Tag: hostspec.PrivatePartial, Value: []byte{2}}),
		"a short token":                   b.terminal.Stored(t, 100, hostspec.Element{Tag: hostspec.PrivateToken, Value: []byte{1}}),
		"a balance of something": b.by(c, func() testlane.Order {
			o := testlane.BalanceOf()
			o.Elements = []hostspec.Element{testlane.Partial()}
			return o
		}()),
	} {
		if got := b.ask(m).String(39); got != hostspec.ResponseFormatError {
			t.Errorf("%s: %s", why, got)
		}
	}
	b.has(last4, 9_000, 1_000)
}

func TestAnAdviceThatNoElementCouldJudgeIsTakenLater(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	m := b.by(c, testlane.OfflineOf(1_000))
	for range 2 {
		b.reopen(&failing{Elements: b.lane.Client, left: 2}) // OpenAccount
		b.wants(m, hostspec.ResponseSystem)
		b.books(m, 0)
	}
	b.reopen(b.lane.Client)
	b.wants(m, approved) // the same bytes
	b.books(m, 1_000)
}

// reopen starts the host anew on its books.
func (b *bench) reopen(e host.Elements) {
	b.Helper()
	if err := b.host.Close(); err != nil {
		b.Fatal(err)
	}
	b.open(e)
}
