package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

const (
	keyedBody   = `{"amount":700,"currency":"EUR","entry":"keyed"}`
	presentBody = `{"amount":700,"currency":"EUR","entry":"card_present"}`
)

// entries runs a script for the entry that the terminal asks for.
func entries(s mailbox.Start) []standin.Step {
	switch {
	case s.Keyed:
		return standin.Key(time.Millisecond)
	case s.Amount == 800:
		return standin.Fallback(time.Millisecond)
	case s.Amount == 900:
		return standin.Tap(time.Millisecond, payment.CVMOnlinePIN)
	}
	return standin.Tap(time.Millisecond, payment.CVMNoCVM)
}

func (r *rig) receipt(p sale.Payment, side string) string {
	r.t.Helper()
	r.expect(r.call("GET", "/v1/payments/"+p.ID.String()+"/receipt?copy="+side, ""), 200, "") // as data, held to the document
	return string(r.call("GET", "/v1/payments/"+p.ID.String()+"/receipt?format=text&copy="+side, "").body)
}

func TestEveryEntryRunsFromRequestToReceipt(t *testing.T) {
	r := newRig(t, entries)
	for _, c := range []struct {
		key, body, mode, cvm string
		has, lacks           []string // of the merchant's copy
	}{
		{"tap", `{"amount":700,"currency":"EUR"}`, "contactless", "no_cvm",
			[]string{"CONTACTLESS", "NO PIN", "ARQC  ", "5D02E19C40B766F3", "A0000000031010"}, []string{"TC  ", "TSI", "Sign here"}},
		{"tap and PIN", `{"amount":900,"currency":"EUR","entry":"card_present"}`, "contactless", "online_pin",
			[]string{"CONTACTLESS", "PIN VERIFIED"}, []string{"TC  ", "NO PIN"}},
		{"fallback", `{"amount":800,"currency":"EUR"}`, "fallback", "signature",
			[]string{"SWIPED (FALLBACK)", "Sign here"}, []string{"AID", "TC  ", "ARQC", "TVR", "PIN VERIFIED"}},
		{"keyed", keyedBody, "keyed", "",
			[]string{"KEYED", "APPROVED"}, []string{"AID", "TC  ", "ARQC", "CVM", "Sign here"}},
	} {
		t.Run(c.key, func(t *testing.T) {
			r := r.in(t)
			a := r.call("POST", "/v1/payments", c.body, "Idempotency-Key", strings.ReplaceAll(c.key, " ", "-"))
			r.expect(a, 202, "")
			p := r.settled(a.payment(t).ID)
			if *p.Outcome != "approved" || p.Card.EntryMode != c.mode || word(p.CVM) != c.cvm {
				t.Fatalf("got %+v, %+v, verified by %q", p, p.Card, word(p.CVM))
			}
			if (p.Entry == sale.EntryKeyed) != (c.mode == "keyed") {
				t.Errorf("the entry is %s", p.Entry)
			}
			got := r.receipt(p, "merchant")
			for _, want := range c.has {
				if !strings.Contains(got, want) {
					t.Errorf("the receipt lacks %q:\n%s", want, got)
				}
			}
			for _, not := range c.lacks {
				if strings.Contains(got, not) {
					t.Errorf("the receipt says %q:\n%s", not, got)
				}
			}
			if strings.Contains(r.receipt(p, "customer"), "Sign here") {
				t.Error("the customer's copy has a line to sign")
			}
		})
	}
}

func word(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func TestAKeyTellsTheEntriesApart(t *testing.T) {
	r := newRig(t, entries)
	start := func(key, body string) answer { return r.call("POST", "/v1/payments", body, "Idempotency-Key", key) }
	first := start("k", keyedBody)
	r.expect(first, 202, "")
	r.settled(first.payment(t).ID)
	r.restart()
	again := start("k", keyedBody)
	r.expect(again, 200, "")
	if p := again.payment(t); p.ID != first.payment(t).ID || p.Entry != sale.EntryKeyed {
		t.Errorf("after the restart it is %+v", p)
	}
	r.expect(start("k", presentBody), 422, "idempotency_mismatch")
	r.expect(r.pay("k", "700"), 422, "idempotency_mismatch")
	r.settled(r.pay("l", "700").payment(t).ID)
	r.expect(start("l", presentBody), 200, "") // what is left out is what it means
	r.expect(start("m", `{"amount":700,"currency":"EUR","entry":"swipe"}`), 400, "malformed")
}

func TestWhereKeyingIsNotAllowedNothingBegins(t *testing.T) {
	r := newRig(t, entries)
	r.world.Refuse(mailbox.CodeType)
	r.expect(r.call("POST", "/v1/payments", keyedBody, "Idempotency-Key", "k"), 422, "type_not_supported")
	r.world.Refuse(mailbox.CodeNone)
	r.expect(r.call("POST", "/v1/payments", presentBody, "Idempotency-Key", "k"), 202, "") // the key is free
}

// A till that knows the stages can show each; every one is in the document.
func TestEveryStageReachesTheTill(t *testing.T) {
	r := newRig(t, standin.Wait)
	keyed := r.call("POST", "/v1/payments", keyedBody, "Idempotency-Key", "k").payment(t)
	if word(keyed.Stage) != "key_card" {
		t.Errorf("a keyed payment begins with %q", word(keyed.Stage))
	}
	for s := payment.StagePresentCard; s.Valid(); s++ {
		r.world.Change(keyed.ID, standin.Prompt(0, s).Change)
		eventually(t, s.String()+" is shown", func() bool {
			return word(r.call("GET", "/v1/payments/"+keyed.ID.String(), "").payment(t).Stage) == s.String()
		})
	}
}
