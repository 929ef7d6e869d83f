package host_test

import (
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

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
