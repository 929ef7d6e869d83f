package receipt

import (
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// kindOfPayment is a finished payment of a type, asked for by request.
func kindOfPayment(t *testing.T, q sale.Request, change func(*mailbox.View)) sale.Record {
	t.Helper()
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	q.Currency = payment.EUR
	r := sale.Offer(payment.ID{2}, "till", "k", q, at)
	v := mailbox.View{ID: payment.ID{2}, Version: 2, Type: q.Type, Of: q.Of, Amount: q.Amount, Approved: q.Amount, Tip: q.Tip, Cashback: q.Cashback,
		Currency: payment.EUR, Status: payment.StatusCompleted, Outcome: payment.OutcomeApproved, Money: payment.MoneyCaptured}
	change(&v)
	r, _, err := r.Hear(v, 1, at)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func money(m payment.Money) func(*mailbox.View) { return func(v *mailbox.View) { v.Money = m } }

func declined(v *mailbox.View) {
	v.Outcome, v.Money, v.Approved, v.Decline = payment.OutcomeDeclined, payment.MoneyNone, 0, payment.DeclineDeclined
}

func TestEveryKindOfPaymentHasItsReceipt(t *testing.T) {
	of := payment.ID{1}
	original := finished(t, func(*mailbox.View) {}).Payment
	for _, c := range []struct {
		name       string
		request    sale.Request
		change     func(*mailbox.View)
		has, lacks []string
	}{
		{"refund", sale.Request{Type: payment.TypeRefund, Of: of, Amount: 400}, money(payment.MoneyRefunded),
			[]string{"APPROVED", "REFUND", "4.00 EUR", of.String()}, []string{"SALE", "not a payment"}},
		{"refund declined", sale.Request{Type: payment.TypeRefund, Of: of, Amount: 400}, declined,
			[]string{"DECLINED", "Nothing was refunded"}, []string{"charged"}},
		{"void", sale.Request{Type: payment.TypeVoid, Of: of}, money(payment.MoneyReleased),
			[]string{"VOIDED", "VOID ", "10.00 EUR", "0042"}, []string{"APPROVED"}},
		{"void declined", sale.Request{Type: payment.TypeVoid, Of: of}, declined,
			[]string{"DECLINED", "Nothing was taken back", "10.00 EUR"}, []string{"VOIDED"}},
		{"sale that was voided", sale.Request{Type: payment.TypeSale, Amount: 400}, money(payment.MoneyReleased),
			[]string{"VOIDED", "4.00 EUR", "taken back"}, []string{"APPROVED"}},
		{"preauth", sale.Request{Type: payment.TypePreauth, Amount: 400}, money(payment.MoneyHeld),
			[]string{"HELD", "not a payment", "4.00 EUR"}, []string{"APPROVED", "SALE"}},
		{"preauth that was voided", sale.Request{Type: payment.TypePreauth, Amount: 400}, money(payment.MoneyReleased),
			[]string{"RELEASED", "No longer held"}, []string{"HELD", "not a payment"}},
		{"increment", sale.Request{Type: payment.TypeIncrement, Of: of, Amount: 400}, money(payment.MoneyHeld),
			[]string{"HELD", "INCREMENT", "not a payment"}, []string{"APPROVED"}},
		{"capture", sale.Request{Type: payment.TypeCapture, Of: of, Amount: 400}, money(payment.MoneyCaptured),
			[]string{"APPROVED", "CAPTURE", "4.00 EUR"}, []string{"HELD"}},
		{"tip and cashback", sale.Request{Type: payment.TypeSale, Amount: 1000, Tip: 100, Cashback: 200}, money(payment.MoneyCaptured),
			[]string{"7.00 EUR", "Tip", "1.00 EUR", "Cashback", "2.00 EUR", "10.00 EUR"}, []string{"Still to pay"}},
		{"part", sale.Request{Type: payment.TypeSale, Amount: 1000, Partial: true}, func(v *mailbox.View) {
			v.Outcome, v.Approved = payment.OutcomePartiallyApproved, 300
		}, []string{"APPROVED", "Requested", "10.00 EUR", "Still to pay", "7.00 EUR", "3.00 EUR"}, []string{"Tip"}},
		{"offline", sale.Request{Type: payment.TypeSale, Amount: 1000}, func(v *mailbox.View) { v.Offline = true },
			[]string{"APPROVED", "Approved offline by the card"}, nil},
		{"balance", sale.Request{Type: payment.TypeBalance}, money(payment.MoneyNone),
			[]string{"APPROVED", "BALANCE INQUIRY", "cardholder alone"}, []string{"EUR"}},
	} {
		made, err := Make(kindOfPayment(t, c.request, c.change), &original, Customer, Shop{"Shop", "Street"}, false, true)
		if err != nil {
			t.Fatal(err)
		}
		got := made.Text()
		for _, want := range c.has {
			if !strings.Contains(got, want) {
				t.Errorf("%s: it lacks %q:\n%s", c.name, want, got)
			}
		}
		for _, not := range c.lacks {
			if strings.Contains(got, not) {
				t.Errorf("%s: it says %q:\n%s", c.name, not, got)
			}
		}
		for l := range strings.SplitSeq(got, "\n") {
			if runes(l) > width {
				t.Errorf("%s: a line has %d characters", c.name, runes(l))
			}
		}
	}
}

func TestEveryTypeHasWords(t *testing.T) {
	for v := payment.TypeNone + 1; v.Valid(); v++ {
		if typeWords(v.String()) == "" {
			t.Errorf("%s has none", v)
		}
	}
	for s := mailbox.BatchOpen; s.Valid(); s++ {
		if stateWords(s.String()) == "" {
			t.Errorf("%s has none", s)
		}
	}
	for k := mailbox.DifferenceNone + 1; k.Valid(); k++ {
		if differenceWords(k.String()) == "" {
			t.Errorf("%s has none", k)
		}
	}
}

func TestTheSettlementReportTellsBothSidesAndEachDifference(t *testing.T) {
	v := mailbox.BatchView{Batch: 7, State: mailbox.BatchDiffers, Answered: true, Differences: 3, Closed: 1_795_000_000,
		Ours:   mailbox.Totals{Sales: 2, SalesAmount: 3000, Refunds: 1, RefundsAmount: 500, Voided: 1, VoidedAmount: 900},
		Theirs: mailbox.Totals{Sales: 1, SalesAmount: 400, Refunds: 1, RefundsAmount: 500}}
	differences := []mailbox.Different{
		{Present: true, Kind: mailbox.DifferenceMissing, Type: payment.TypeSale, ID: payment.ID{3}, RRN: 11, Ours: 2600},
		{Present: true, Kind: mailbox.DifferenceUnknown, Type: payment.TypeRefund, RRN: 12, Theirs: 100},
	}
	s := Settle(v, differences, payment.EUR, func(payment.Count) string { return "2026-11-21T10:00:00Z" })
	if s.Ours.Net != 2500 || s.Theirs.Net != -100 || s.Omitted != 1 || s.Differences[1].PaymentID != nil || *s.Differences[0].PaymentID != (payment.ID{3}) {
		t.Errorf("got %+v", s)
	}
	got := s.Text(Shop{"Shop", "x"}, true)
	for _, want := range []string{"BATCH 000007", "THE SIDES DIFFER", "TERMINAL", "BANK", "30.00 EUR", "25.00 EUR", "-1.00 EUR", "Sales taken back 1", "9.00 EUR",
		"The bank does not know", "RRN 000000000011", "26.00 EUR", "The terminal does not know", "Not listed"} {
		if !strings.Contains(got, want) {
			t.Errorf("the report lacks %q:\n%s", want, got)
		}
	}
	open := Settle(mailbox.BatchView{Batch: 8}, nil, payment.EUR, nil)
	if got := open.Text(Shop{"Shop", "x"}, false); strings.Contains(got, "BANK") || strings.Contains(got, "DIFFER") || open.Theirs != nil {
		t.Errorf("of an open batch it says\n%s", got)
	}
}
