package receipt

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

func finished(t *testing.T, change func(*mailbox.View)) sale.Record {
	t.Helper()
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	r := sale.Offer(payment.ID{1}, "till", "k", sale.Request{Type: payment.TypeSale, Amount: 1000, Currency: payment.EUR, Reference: "Table 5"}, at)
	v := mailbox.View{ID: payment.ID{1}, Version: 2, Type: payment.TypeSale, Amount: 1000, Approved: 1000,
		Currency: payment.EUR, Status: payment.StatusCompleted, Outcome: payment.OutcomeApproved, Money: payment.MoneyCaptured,
		Card: mailbox.Card{Token: payment.Token{9}, Masked: payment.MaskedPAN{Last4: 42, Length: 16}, Brand: payment.BrandVisa,
			EntryMode: payment.EntryModeChip}}
	v.Receipt.STAN, v.Receipt.RRN, v.Receipt.CVM = 7, 8, payment.CVMOnlinePIN
	v.Receipt.AID = payment.NewAID([]byte{0xA0, 0, 0, 0, 3, 0x10, 0x10})
	change(&v)
	r, _, err := r.Hear(v, 1, at)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func text(t *testing.T, r sale.Record, c Copy) string {
	t.Helper()
	made, err := Make(r, nil, c, Shop{"Shop", "Street, Town"}, false, true)
	if err != nil {
		t.Fatal(err)
	}
	return made.Text()
}

func TestAReceiptSaysWhatHappened(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*mailbox.View)
		has    []string
		lacks  []string
	}{
		{"approved by PIN", func(*mailbox.View) {}, []string{"APPROVED", "10.00 EUR", "PIN VERIFIED", "0042", "Table 5", "000007"}, []string{"Sign here", "tok_", "Nothing"}},
		{"approved by signature", func(v *mailbox.View) { v.Receipt.CVM = payment.CVMSignature }, []string{"Sign here"}, []string{"PIN VERIFIED"}},
		{"approved without verification", func(v *mailbox.View) { v.Receipt.CVM = payment.CVMNoCVM }, []string{"NO PIN"}, []string{"PIN VERIFIED", "Sign here"}},
		{"approved on a phone", func(v *mailbox.View) { v.Receipt.CVM = payment.CVMDevice }, []string{"DEVICE"}, []string{"PIN VERIFIED", "Sign here"}},
		{"approved with nothing known", func(v *mailbox.View) { v.Receipt.CVM = payment.CVMNone }, []string{"APPROVED"}, []string{"CVM", "PIN VERIFIED", "Sign here"}},
		{"approved in part", func(v *mailbox.View) { v.Outcome, v.Approved = payment.OutcomePartiallyApproved, 600 },
			[]string{"6.00 EUR", "Still to pay", "4.00 EUR"}, nil},
		{"declined", func(v *mailbox.View) {
			v.Outcome, v.Money, v.Decline = payment.OutcomeDeclined, payment.MoneyNone, payment.DeclineWrongPIN
		}, []string{"DECLINED", "Wrong PIN", "Nothing was charged"}, []string{"APPROVED", "PIN VERIFIED"}},
		{"not charged", func(v *mailbox.View) {
			v.Outcome, v.Money, v.Failure = payment.OutcomeNotCharged, payment.MoneyReleased, payment.FailureHostTimeout
		}, []string{"NOT COMPLETED", "Nothing was charged"}, []string{"APPROVED", "DECLINED"}},
	} {
		got := text(t, finished(t, c.change), Merchant)
		for _, want := range c.has {
			if !strings.Contains(got, want) {
				t.Errorf("%s: it lacks %q", c.name, want)
			}
		}
		for _, not := range c.lacks {
			if strings.Contains(got, not) {
				t.Errorf("%s: it says %q", c.name, not)
			}
		}
	}
}

func TestTheCustomersCopyHasNoChipData(t *testing.T) {
	r := finished(t, func(*mailbox.View) {})
	if got := text(t, r, Customer); strings.Contains(got, "TVR") || !strings.Contains(got, "CUSTOMER COPY") {
		t.Error("the customer's copy is not the customer's")
	}
	if got := text(t, r, Merchant); !strings.Contains(got, "TVR") {
		t.Error("the merchant's copy has no chip data") // the control
	}
}

func TestNoLineIsWiderThanThePaper(t *testing.T) {
	r := finished(t, func(*mailbox.View) {})
	made, err := Make(r, nil, Merchant, Shop{strings.Repeat("W", 38), "x"}, true, true)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(made.Text(), "\n") {
		if runes(line) > width {
			t.Errorf("a line has %d characters", runes(line))
		}
	}
}

func TestWhatIsNotCompletedHasNoReceipt(t *testing.T) {
	r := sale.Offer(payment.ID{1}, "till", "k", sale.Request{Type: payment.TypeSale, Amount: 1, Currency: payment.EUR}, time.Now())
	if _, err := Make(r, nil, Customer, Shop{}, false, false); !errors.Is(err, ErrNotCompleted) {
		t.Errorf("got %v", err)
	}
}

// Every reason that the vocabulary knows has its words.
func TestEveryReasonHasWords(t *testing.T) {
	for d := payment.DeclineNone + 1; d.Valid(); d++ {
		if reasons[d.String()] == "" {
			t.Errorf("the decline %s has none", d)
		}
	}
	for f := payment.FailureNone + 1; f.Valid(); f++ {
		if reasons[f.String()] == "" {
			t.Errorf("the failure %s has none", f)
		}
	}
}
