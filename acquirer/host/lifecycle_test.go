package host_test

import (
	"context"
	"fmt"
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

func TestAHoldIsCapturedInPartsAndTheLastReleasesTheRest(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	hold := b.by(c, testlane.HoldOf(5_000))
	approval := b.wants(hold, approved).String(38)
	b.has(last4, 10_000, 5_000)
	b.wants(b.by(c, testlane.SaleOf(5_001)), hostspec.ResponseInsufficientFunds) // what is held is not there
	b.wants(b.terminal.Increment(t, hold, approval, 1_000), approved)
	b.has(last4, 10_000, 6_000)
	first := b.terminal.Capture(t, hold, approval, 2_000, false)
	b.wants(first, approved)
	b.wants(b.terminal.Repeat(t, hostspec.MTIAdviceRepeat, first), approved)
	b.has(last4, 8_000, 4_000)
	b.wants(b.terminal.Capture(t, hold, approval, 4_001, false), hostspec.ResponseLimit)
	b.has(last4, 8_000, 4_000)
	last := b.terminal.Capture(t, hold, approval, 1_500, true)
	b.wants(last, approved)
	b.has(last4, 6_500, 0)
	b.books(first, 2_000)
	b.books(last, 1_500)
	b.wants(b.terminal.Capture(t, hold, approval, 1, true), hostspec.ResponseLimit)
	b.wants(b.terminal.Increment(t, hold, approval, 1), hostspec.ResponseNoOriginal)
	if a := b.account(hold); a.captured != 3_500 || a.held != 0 {
		t.Errorf("%+v", a)
	}
}

func TestWhatContinuesAPaymentNamesItWhole(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	hold := b.by(c, testlane.HoldOf(1_000))
	approval := b.wants(hold, approved).String(38)
	sale := b.by(c, testlane.SaleOf(1_000))
	sold := b.wants(sale, approved).String(38)
	never := b.by(c, testlane.HoldOf(1_000))
	other := func(change func(m *codec.Message)) testlane.Message {
		m := b.terminal.Capture(t, hold, approval, 100, false)
		change(m.Fields)
		return b.terminal.Repeat(t, hostspec.MTIAdvice, m)
	}
	for why, m := range map[string]testlane.Message{
		"never seen":        b.terminal.Capture(t, never, approval, 100, false),
		"another approval":  b.terminal.Capture(t, hold, "999999", 100, false),
		"a sale":            b.terminal.Capture(t, sale, sold, 100, false),
		"a sale, increment": b.terminal.Increment(t, sale, sold, 100),
		"another DE 7":      other(func(m *codec.Message) { m.SetString(90, strings.Replace(m.String(90), "0102030405", "0102030406", 1)) }),
		"another type": other(func(m *codec.Message) {
			m.SetString(90, "0200"+m.String(90)[4:])
		}),
	} {
		if got := b.ask(m).String(39); got != hostspec.ResponseNoOriginal {
			t.Errorf("%s: %s", why, got)
		}
	}
	b.has(last4, 9_000, 1_000)
}

func TestAHoldIsTakenBackWithItsIncrementsAndCaptures(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	hold := b.by(c, testlane.HoldOf(5_000))
	approval := b.wants(hold, approved).String(38)
	increment := b.terminal.Increment(t, hold, approval, 1_000)
	b.wants(increment, approved)
	capture := b.terminal.Capture(t, hold, approval, 2_000, false)
	b.wants(capture, approved)
	for range 2 {
		b.wants(b.terminal.Void(t, hold), approved)
		b.has(last4, 10_000, 0)
	}
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, capture), approved) // is taken back already
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, increment), approved)
	b.wants(b.terminal.Capture(t, hold, approval, 1, false), hostspec.ResponseNoOriginal)
	b.has(last4, 10_000, 0)
}

func TestPartsOfAHoldAreTakenBackOneByOne(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	hold := b.by(c, testlane.HoldOf(5_000))
	approval := b.wants(hold, approved).String(38)
	increment := b.terminal.Increment(t, hold, approval, 1_000)
	b.wants(increment, approved)
	capture := b.terminal.Capture(t, hold, approval, 5_500, true)
	b.wants(capture, approved)
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, increment), hostspec.ResponseLimit) // was captured
	b.has(last4, 4_500, 0)
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, capture), approved)
	b.has(last4, 10_000, 5_500) // what the last capture released stays released
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversalRepeat, increment), approved)
	b.has(last4, 10_000, 4_500)
	b.wants(b.terminal.Capture(t, hold, approval, 4_500, true), approved)
	b.has(last4, 5_500, 0)
}

func TestARefundGivesBackAtMostWhatWasCaptured(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	sale := b.by(c, testlane.SaleOf(1_000))
	b.wants(sale, approved)
	hold := b.by(c, testlane.HoldOf(1_000))
	approval := b.wants(hold, approved).String(38)
	b.wants(b.terminal.Return(t, hold, 1), hostspec.ResponseLimit) // nothing was captured
	b.wants(b.terminal.Capture(t, hold, approval, 1_000, true), approved)
	for _, m := range []testlane.Message{sale, hold} {
		first := b.terminal.Return(t, m, 600)
		b.wants(first, approved)
		b.wants(b.terminal.Repeat(t, hostspec.MTIRequest, first), approved) // the same message
		b.wants(b.terminal.Return(t, m, 401), hostspec.ResponseLimit)
		b.wants(b.terminal.Void(t, m), hostspec.ResponseLimit) // refunded in part
		b.wants(b.terminal.Return(t, first, 1), hostspec.ResponseNoOriginal)
		b.books(first, -600)
		if a := b.account(m); a.captured != 1_000 || a.refunded != 600 {
			t.Errorf("%+v", a)
		}
		b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, first), approved)
		b.books(first, 0)
	}
	b.has(last4, 8_000, 0)
	b.wants(b.terminal.Void(t, sale), approved) // it can be, now that the refund is gone
	b.wants(b.terminal.Return(t, sale, 1), hostspec.ResponseNoOriginal)
	b.has(last4, 9_000, 0)
}

func TestARefundThatWasSpentIsTakenBackAllTheSame(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	refund := b.by(c, testlane.RefundOf(500))
	b.wants(refund, approved)
	b.books(refund, -500)
	b.wants(b.by(c, testlane.SaleOf(10_500)), approved)
	b.wants(b.terminal.Void(t, refund), approved)
	b.books(refund, 0)
	b.has(last4, -500, 0)
	b.wants(b.by(c, testlane.SaleOf(1)), hostspec.ResponseInsufficientFunds)
}

func TestCashIsBookedOnItsOwnAccount(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	sale := b.by(c, testlane.CashOf(3_000, 2_000))
	b.wants(sale, approved)
	b.books(sale, 3_000)
	cash := func() (amount int64) {
		l, err := b.host.Ledger(t.Context())
		for _, a := range l.Balances {
			if strings.HasPrefix(a.Account, "cash:") {
				amount = a.Amount
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		return amount
	}
	if cash() != 2_000 {
		t.Errorf("cash account %d", cash())
	}
	b.wants(b.terminal.Void(t, sale), approved)
	if cash() != 0 {
		t.Errorf("cash account %d after the void", cash())
	}
	for why, c := range map[string]struct {
		o    testlane.Order
		want string
	}{
		"more cash than money": {testlane.CashOf(100, 101), hostspec.ResponseInvalidAmount},
		"no cash":              {testlane.CashOf(100, 0), hostspec.ResponseFormatError},
		"cash in a sale":       {func() testlane.Order { o := testlane.SaleOf(100); o.Cash = 1; return o }(), hostspec.ResponseFormatError},
		"tip above it":         {func() testlane.Order { o := testlane.SaleOf(100); o.Tip = 101; return o }(), hostspec.ResponseInvalidAmount},
		"tip":                  {func() testlane.Order { o := testlane.SaleOf(100); o.Tip = 10; return o }(), approved},
	} {
		if got := b.ask(b.by(b.issuedCard(), c.o)).String(39); got != c.want {
			t.Errorf("%s: %s, want %s", why, got, c.want)
		}
	}
}

func TestABalanceIsToldAndChangesNothing(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	b.wants(b.by(c, testlane.HoldOf(4_000)), approved)
	m := b.by(c, testlane.BalanceOf())
	a := b.wants(m, approved)
	raw, _ := a.Get(54)
	parts, err := hostspec.ParseAdditional(raw)
	if err != nil || len(parts) != 1 || parts[0].Debit || hostspec.FindAdditional(parts, hostspec.AmountAvailable) != 6_000 {
		t.Errorf("%v, %v", parts, err)
	}
	again := b.wants(m, approved)
	if again.String(54) != a.String(54) {
		t.Error("another balance to the same question")
	}
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, m), approved)
	b.has(last4, 10_000, 4_000)
}

func TestLessIsApprovedOnlyWhereThatIsPermitted(t *testing.T) {
	b := newBench(t)
	c := b.card(testlane.PAN1, "1234", 700, provisioning.ScenarioApprove)
	b.wants(b.by(c, testlane.SaleOf(1_000)), hostspec.ResponseInsufficientFunds)
	m := b.by(c, testlane.SaleOf(1_000, testlane.Partial()))
	a := b.wants(m, hostspec.ResponsePartial)
	raw, _ := a.Get(54)
	parts, err := hostspec.ParseAdditional(raw)
	if err != nil || a.String(4) != "000000000700" || hostspec.FindAdditional(parts, hostspec.AmountOriginal) != 1_000 || len(a.String(38)) != 6 {
		t.Errorf("DE 4 %s, DE 54 %v, %v", a.String(4), parts, err)
	}
	question, _ := m.Fields.Get(55)
	answer, _ := a.Get(55)
	if !c.Accepts(question, answer) {
		t.Error("the card is not told of an approval")
	}
	b.books(m, 700)
	m.Fields.Delete(55)
	b.wants(b.by(c, testlane.SaleOf(1, testlane.Partial())), hostspec.ResponseInsufficientFunds)
	b.wants(b.terminal.Return(t, m, 701), hostspec.ResponseLimit)
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, m), approved) // with the amount that was asked for
	b.books(m, 0)
	hold := b.by(c, testlane.HoldOf(1_000))
	b.wants(hold, hostspec.ResponseInsufficientFunds)
	o := testlane.HoldOf(1_000)
	o.Elements = []hostspec.Element{testlane.Partial()}
	b.wants(b.by(c, o), hostspec.ResponsePartial)
	b.has(last4, 700, 700)
}

// A card that a customer wants back, or whose payment nobody knows of, is not on file;
// one that another payment had kept too is.
func TestACardOnFileGoesWithTheLastPaymentThatHadItKept(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	charge := func(response string) {
		t.Helper()
		b.wants(b.terminal.Stored(t, 100, testlane.Token(1)), response)
	}
	keep := func() testlane.Message {
		m := b.by(c, testlane.SaleOf(100, testlane.Token(1)))
		b.wants(m, approved)
		charge(approved)
		return m
	}
	for _, back := range []func(testlane.Message) testlane.Message{
		func(m testlane.Message) testlane.Message { return b.terminal.Reversal(t, hostspec.MTIReversal, m) },
		func(m testlane.Message) testlane.Message { return b.terminal.Void(t, m) },
	} {
		first, second := keep(), keep()
		b.wants(b.by(c, testlane.SaleOf(20_000, testlane.Token(1))), hostspec.ResponseInsufficientFunds) // keeps nothing
		for range 2 {
			b.wants(back(first), approved)
			charge(approved)
		}
		b.wants(back(second), approved)
		charge(hostspec.ResponseNoCard)
	}
	hold := b.by(c, testlane.Order{MTI: hostspec.MTIAuthorisation, Processing: hostspec.ProcessingSale, Amount: 100, Elements: []hostspec.Element{testlane.Token(1)}})
	approval := b.wants(hold, approved).String(38)
	capture := b.terminal.Capture(t, hold, approval, 50, false)
	b.wants(capture, approved)
	b.wants(b.terminal.Void(t, capture), approved)
	charge(approved) // the capture kept nothing
	b.wants(b.terminal.Return(t, keep(), 100), approved)
	charge(approved) // a refund takes nothing back
	b.wants(b.terminal.Void(t, hold), approved)
	charge(approved)
	if n := b.rows("vault"); n != 1 {
		t.Errorf("%d cards are on file", n)
	}
}

// Files of earlier versions do not tell which payments had a card kept.
func TestACardOnFileOfAnEarlierVersionStays(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	b.wants(b.by(c, testlane.SaleOf(100, testlane.Token(1))), approved)
	b.edit(`DELETE FROM keepers`)
	again := b.by(c, testlane.SaleOf(100, testlane.Token(1)))
	b.wants(again, approved)
	b.wants(b.terminal.Void(t, again), approved)
	b.wants(b.terminal.Stored(t, 100, testlane.Token(1)), approved)
}

func TestACardOnFileIsKeptOnApprovalAloneAndChargedByItsToken(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	b.wants(b.by(c, testlane.SaleOf(10_001, testlane.Token(1))), hostspec.ResponseInsufficientFunds)
	b.wants(b.terminal.Stored(t, 100, testlane.Token(1)), hostspec.ResponseNoCard)
	b.wants(b.by(c, testlane.SaleOf(100, testlane.Token(1))), approved)
	charge := b.terminal.Stored(t, 200, testlane.Token(1))
	b.wants(charge, approved)
	b.wants(b.terminal.Repeat(t, hostspec.MTIRequest, charge), approved)
	b.books(charge, 200)
	b.has(last4, 9_700, 0)
	b.wants(b.terminal.Stored(t, 200, testlane.Token(2)), hostspec.ResponseNoCard)
	b.wants(b.terminal.Stored(t, 200), hostspec.ResponseFormatError)
	b.wants(b.terminal.Stored(t, 10_000, testlane.Token(1)), hostspec.ResponseInsufficientFunds)
	if a := b.wants(b.terminal.Stored(t, 10_000, testlane.Token(1), testlane.Partial()), hostspec.ResponsePartial); a.String(4) != "000000009700" {
		t.Errorf("DE 4 %s", a.String(4))
	}
	b.wants(b.terminal.Return(t, charge, 200), approved)
	b.has(last4, 200, 0)
	assertAbsent(t, b.path, c.PAN)
}

func TestAnOfflineApprovalIsProvedByItsTCAndBookedOnce(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	m := b.by(c, testlane.OfflineOf(1_000))
	a := b.wants(m, approved)
	if a.MTI != hostspec.MTIAdviceAnswer || a.Has(38) || a.Has(55) {
		t.Error("more than DE 39")
	}
	b.wants(m, approved)
	b.books(m, 1_000)
	replay := b.by(c, testlane.OfflineOf(1_000)).Fields
	chip, _ := m.Fields.Get(55)
	replay.Set(55, chip)
	b.wants(b.terminal.Finish(t, replay, c, ""), hostspec.ResponseDeclined)
	online := b.by(c, testlane.SaleOf(1_000)).Fields
	online.MTI = hostspec.MTIAdvice
	b.wants(b.terminal.Finish(t, online, c, ""), hostspec.ResponseFormatError) // an ARQC proves nothing
	late := b.by(c, testlane.OfflineOf(500))
	b.wants(b.by(c, testlane.SaleOf(1)), approved) // with a higher counter
	b.wants(late, approved)
	poor := b.by(c, testlane.OfflineOf(9_000))
	b.wants(poor, hostspec.ResponseInsufficientFunds)
	b.books(poor, 0)
	b.wants(b.terminal.Return(t, m, 1_000), approved)
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, late), approved)
	b.has(last4, 9_999, 0)
}

func TestAnOfflineApprovalIsHeldToTheCard(t *testing.T) {
	b := newBench(t)
	declined := b.card(testlane.PAN2, "1234", 10_000, provisioning.ScenarioDecline)
	stranger, _ := b.lane.NewCard(t, testlane.PAN3, "1234", 10_000, provisioning.ScenarioApprove)
	for _, c := range []struct {
		want string
		m    testlane.Message
	}{
		{hostspec.ResponseDeclined, b.by(declined, testlane.OfflineOf(100))},
		{hostspec.ResponseNoCard, b.by(stranger, testlane.OfflineOf(100))},
	} {
		b.wants(c.m, c.want)
		b.books(c.m, 0)
	}
}

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

func (b *bench) settles(batch string, want string, totals [8]int64) *codec.Message {
	b.Helper()
	return b.wants(b.terminal.Settle(b, batch, totals), want)
}

func fieldsOf(a *codec.Message) (out string) {
	for _, n := range []int{66, 74, 75, 76, 77, 86, 87, 88, 89, 97} {
		out += fmt.Sprint(n, "=", a.String(n), " ")
	}
	return out
}

func TestABatchIsSettledAndClosed(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	sale := b.by(c, testlane.SaleOf(1_000))
	b.wants(sale, approved)
	voided := b.by(c, testlane.SaleOf(300))
	b.wants(voided, approved)
	b.wants(b.terminal.Void(t, voided), approved)
	unknown := b.by(c, testlane.SaleOf(400))
	b.wants(unknown, approved)
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, unknown), approved) // counts nowhere
	hold := b.by(c, testlane.HoldOf(2_000))
	approval := b.wants(hold, approved).String(38)
	b.wants(b.terminal.Capture(t, hold, approval, 1_500, false), approved)
	refund := b.terminal.Return(t, sale, 200)
	b.wants(refund, approved)
	totals := [8]int64{1, 0, 2, 1, 200, 0, 2_500, 300}
	m := b.terminal.Settle(t, "000001", totals)
	a := b.wants(m, approved)
	if got := fieldsOf(a); got != fieldsOf(m.Fields) {
		t.Errorf("%s\nwant %s", got, fieldsOf(m.Fields))
	}
	b.wants(b.terminal.Repeat(t, hostspec.MTISettlement, m), approved)
	b.settles("000001", approved, totals) // under other numbers
	for why, m := range map[string]testlane.Message{
		"sale":    b.by(c, testlane.SaleOf(1)),
		"capture": b.terminal.Capture(t, hold, approval, 1, false),
		"return":  b.terminal.Return(t, sale, 1),
		"offline": b.by(c, testlane.OfflineOf(1)),
	} {
		if got := b.ask(m).String(39); got != hostspec.ResponseFormatError {
			t.Errorf("%s in a closed batch: %s", why, got)
		}
	}
	b.wants(b.terminal.Void(t, refund), approved) // of the closed batch: counts in the open one
	b.settles("000001", approved, totals)
	b.terminal.NextBatch()
	b.wants(b.by(c, testlane.SaleOf(50)), approved)
	b.settles("000002", approved, [8]int64{0, 1, 1, 0, 0, 200, 50, 0})
}

func TestTotalsThatDifferCloseTheBatchAndAreNamedItemByItem(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	b.wants(b.by(c, testlane.SaleOf(100, testlane.Token(1))), approved)
	for range hostspec.ItemsPerPage {
		b.wants(b.terminal.Stored(t, 10, testlane.Token(1)), approved)
	}
	hold := b.by(c, testlane.HoldOf(500))
	approval := b.wants(hold, approved).String(38)
	b.wants(b.terminal.Capture(t, hold, approval, 500, true), approved)
	b.wants(b.by(c, testlane.RefundOf(7)), approved)
	wrong := b.terminal.Settle(t, "000001", [8]int64{})
	a := b.wants(wrong, hostspec.ResponseReconcile)
	if a.String(66) != hostspec.BalanceOut || a.String(76) != "0000000030" || a.String(88) != "0000000000000880" || a.String(97) != "D0000000000000873" {
		t.Errorf("%s", fieldsOf(a))
	}
	if got := b.wants(b.terminal.Repeat(t, hostspec.MTISettlement, wrong), hostspec.ResponseReconcile); fieldsOf(got) != fieldsOf(a) {
		t.Error("another answer")
	}
	b.wants(b.by(c, testlane.SaleOf(1)), hostspec.ResponseFormatError) // closed all the same
	listed, err := b.host.Transactions(t.Context(), 0)
	if err != nil || len(listed) < 3 || listed[0].Kind != "refund" || listed[2].Kind != "hold" || listed[2].Captured != 500 || listed[1].Original != listed[2].RRN {
		t.Errorf("%+v, %v", listed, err)
	}
	if earlier, err := b.host.Transactions(t.Context(), listed[1].Number); err != nil || len(earlier) != len(listed)-2 || earlier[0] != listed[2] {
		t.Errorf("%d before %d, %v", len(earlier), listed[1].Number, err)
	}
	batches, err := b.host.Batches(t.Context())
	if err != nil || len(batches) != 1 || !batches[0].Closed || batches[0].Agreed || batches[0].Net != 873 {
		t.Errorf("%+v, %v", batches, err)
	}
	var all []hostspec.Item
	for page := uint16(0); ; page++ {
		a := b.wants(b.terminal.Items(t, "000001", page), approved)
		raw, _ := a.Get(48)
		private, _ := hostspec.ParsePrivate(raw)
		items, err := hostspec.ParseItems(hostspec.FindPrivate(private, hostspec.PrivateItems))
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, items...); hostspec.FindPrivate(private, hostspec.PrivateMore)[0] == 0 {
			break
		}
	}
	sum := map[hostspec.ItemKind]int64{}
	for _, i := range all {
		sum[i.Kind] += i.Amount
	}
	if len(all) != 31 || sum[hostspec.ItemSale] != 380 || sum[hostspec.ItemCapture] != 500 || sum[hostspec.ItemRefund] != 7 {
		t.Errorf("%d items, %v", len(all), sum)
	}
	bad := b.terminal.Settle(t, "000002", [8]int64{})
	bad.Fields.SetString(97, "D0000000000000001")
	b.wants(b.terminal.Repeat(t, hostspec.MTISettlement, bad), hostspec.ResponseFormatError)
}
