package receipt

import (
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// line is the printed value of a label, empty where the label is not printed.
func line(receipt, label string) string {
	for l := range strings.SplitSeq(receipt, "\n") {
		if value, ok := strings.CutPrefix(l, label+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func TestAReceiptSaysHowTheCardWasRead(t *testing.T) {
	for mode, want := range map[payment.EntryMode]string{
		payment.EntryModeChip: "CHIP", payment.EntryModeContactless: "CONTACTLESS",
		payment.EntryModeContactlessStripe: "CONTACTLESS (STRIPE)", payment.EntryModeSwipe: "SWIPED",
		payment.EntryModeFallback: "SWIPED (FALLBACK)", payment.EntryModeKeyed: "KEYED",
	} {
		r := finished(t, func(v *mailbox.View) { v.Card.EntryMode = mode })
		for _, c := range []Copy{Merchant, Customer} {
			if got := line(text(t, r, c), "Entry"); got != want {
				t.Errorf("%s copy of %s: got %q", c, mode, got)
			}
		}
	}
	for m := payment.EntryModeNone + 1; m.Valid(); m++ {
		if entryWords(m.String()) == "" {
			t.Errorf("%s has no words", m)
		}
	}
}

func TestACryptogramIsNamedForWhatItIs(t *testing.T) {
	const hex = "5D02E19C40B766F3"
	for _, c := range []struct {
		name, kind string
		change     func(*mailbox.View)
	}{
		{"a chip that completed", "TC", func(v *mailbox.View) { v.Receipt.Completed = true }},
		{"a chip that was gone before the end", "AC", func(v *mailbox.View) {
			v.Outcome, v.Money, v.Failure = payment.OutcomeNotCharged, payment.MoneyReleased, payment.FailureHostTimeout
		}},
		{"a tapped card", "ARQC", func(v *mailbox.View) { v.Card.EntryMode = payment.EntryModeContactless }},
		{"a tapped card that the issuer refused", "ARQC", func(v *mailbox.View) {
			v.Card.EntryMode = payment.EntryModeContactless
			v.Outcome, v.Money, v.Decline = payment.OutcomeDeclined, payment.MoneyNone, payment.DeclineDeclined
		}},
		{"a tapped card that refused", "AC", func(v *mailbox.View) {
			v.Card.EntryMode = payment.EntryModeContactless
			v.Outcome, v.Money, v.Decline = payment.OutcomeDeclined, payment.MoneyNone, payment.DeclineChipDeclined
		}},
	} {
		got := text(t, finished(t, func(v *mailbox.View) {
			v.Receipt.Cryptogram = payment.Cryptogram{0x5D, 0x02, 0xE1, 0x9C, 0x40, 0xB7, 0x66, 0xF3}
			c.change(v)
		}), Merchant)
		for _, kind := range []string{"TC", "ARQC", "AC"} {
			if want := kind == c.kind; (line(got, kind) == hex) != want {
				t.Errorf("%s: it is called %s: %v", c.name, kind, !want)
			}
		}
	}
}

// Where there was no chip, or it said nothing, nothing is printed in its place.
func TestAReceiptMakesNothingUp(t *testing.T) {
	for _, mode := range []payment.EntryMode{payment.EntryModeSwipe, payment.EntryModeFallback,
		payment.EntryModeContactlessStripe, payment.EntryModeKeyed} {
		got := text(t, finished(t, func(v *mailbox.View) { v.Card.EntryMode, v.Receipt.AID = mode, payment.AID{} }), Merchant)
		for _, label := range []string{"AID", "TC", "ARQC", "AC", "TVR", "TSI", "Sequence"} {
			if got := line(got, label); got != "" {
				t.Errorf("%s: %s is %q", mode, label, got)
			}
		}
		if line(got, "Card") != "visa" {
			t.Errorf("%s: the card has no name", mode)
		}
	}
	got := text(t, finished(t, func(v *mailbox.View) { v.Card.EntryMode = payment.EntryModeContactless }), Merchant)
	if line(got, "AID") != "A0000000031010" || line(got, "TVR") == "" || line(got, "TSI") != "" || line(got, "ARQC") != "" {
		t.Errorf("of a tapped card without a cryptogram it says\n%s", got)
	}
}

func TestOnlyTheMerchantsCopyIsSigned(t *testing.T) {
	r := finished(t, func(v *mailbox.View) { v.Card.EntryMode, v.Receipt.CVM = payment.EntryModeSwipe, payment.CVMSignature })
	if !strings.Contains(text(t, r, Merchant), "Sign here") || strings.Contains(text(t, r, Customer), "Sign here") {
		t.Error("the line to sign is not where it belongs")
	}
	r = finished(t, func(v *mailbox.View) {
		v.Receipt.CVM, v.Outcome, v.Money = payment.CVMSignature, payment.OutcomeDeclined, payment.MoneyNone
	})
	if strings.Contains(text(t, r, Merchant), "Sign here") {
		t.Error("what was declined is to be signed")
	}
}
