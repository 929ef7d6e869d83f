package sale

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

func parsed(t *testing.T, body string) Request {
	t.Helper()
	r, err := ParseRequest([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestACardIsKeyedOnlyWhereTheTillSaysSo(t *testing.T) {
	for body, want := range map[string]bool{
		`{"amount":1,"currency":"EUR"}`:                        false,
		`{"amount":1,"currency":"EUR","entry":"card_present"}`: false,
		`{"amount":1,"currency":"EUR","entry":"keyed"}`:        true,
	} {
		if got := parsed(t, body).Start(payment.ID{1}).Keyed; got != want {
			t.Errorf("%s: keyed %v", body, got)
		}
	}
	for _, entry := range []string{`""`, `"Keyed"`, `"swipe"`, `"chip"`, `1`, `true`, `null`} {
		if _, err := ParseRequest([]byte(`{"amount":1,"currency":"EUR","entry":` + entry + `}`)); problemOf(err) != Malformed {
			t.Errorf("%s: %v", entry, err)
		}
	}
}

// A key of before the entry was known must still mean its payment.
func TestTheEntryIsPartOfTheQuestionAndChangesNoOldOne(t *testing.T) {
	silent, present := parsed(t, `{"amount":1,"currency":"EUR"}`), parsed(t, `{"amount":1,"currency":"EUR","entry":"card_present"}`)
	keyed := parsed(t, `{"amount":1,"currency":"EUR","entry":"keyed"}`)
	if string(silent.Canonical()) != `{"type":"sale","amount":1,"currency":"EUR","capture":"auto","timeout_s":60}` {
		t.Errorf("got %s", silent.Canonical())
	}
	existing := Offer(payment.ID{1}, "till", "k", silent, at)
	if Decide(&existing, present) != Replay || Decide(&existing, keyed) != Mismatch {
		t.Error("a key does not tell the entries apart")
	}
}

func TestARecordOfBeforeEntriesIsOfACardThatWasThere(t *testing.T) {
	b, err := json.Marshal(offered())
	if err != nil {
		t.Fatal(err)
	}
	old := strings.Replace(string(b), `"entry":"card_present",`, "", 1)
	r := Record{Payment: Payment{Entry: EntryCardPresent}}
	if err := json.Unmarshal([]byte(old), &r); err != nil || old == string(b) || r.Payment.Entry != EntryCardPresent {
		t.Errorf("got %+v, %v", r.Payment.Entry, err)
	}
	if err := json.Unmarshal([]byte(strings.Replace(string(b), "card_present", "guessed", 1)), &r); err == nil {
		t.Error("an entry that does not exist is read")
	}
}

func TestAPaymentTellsEntryAndVerification(t *testing.T) {
	v := approved(3)
	v.Card = mailbox.Card{Masked: payment.MaskedPAN{Last4: 10, Length: 16}, EntryMode: payment.EntryModeContactless}
	v.Receipt.CVM = payment.CVMDevice
	r := hear(t, offered(), v, 1)
	if p := r.Payment; p.Card.EntryMode != "contactless" || p.CVM == nil || *p.CVM != "device" || p.Entry != EntryCardPresent {
		t.Errorf("got %+v", p)
	}
	v.Receipt.CVM = payment.CVMNone
	if r = hear(t, offered(), v, 1); r.Payment.CVM != nil {
		t.Errorf("nothing is known, and it says %s", *r.Payment.CVM)
	}
}

func TestAnAdoptedPaymentIsKeyedOnceThatIsHeard(t *testing.T) {
	waiting, known := view(2, payment.StatusAwaitingCard), approved(3)
	waiting.Stage = payment.StageKeyCard
	known.Card = mailbox.Card{Masked: payment.MaskedPAN{Last4: 10, Length: 16}, EntryMode: payment.EntryModeKeyed}
	for _, v := range []mailbox.View{waiting, known} {
		if r, err := Adopt(v, 1, at); err != nil || r.Payment.Entry != EntryKeyed {
			t.Errorf("%s: %v, %v", v.Status, r.Payment.Entry, err)
		}
	}
}

// A stripe has no cryptogram, and a tapped card no TSI: zeros would be a claim.
func TestASlipClaimsNothingThatTheCardDidNotSay(t *testing.T) {
	r := mailbox.Receipt{STAN: 1, RRN: 2}
	if s := slipOf(r); s.AID != "" || s.Cryptogram != "" || s.TVR != "" || s.TSI != "" {
		t.Errorf("of a stripe: %+v", s)
	}
	r.AID = payment.NewAID([]byte{0xA0, 0, 0, 0, 3, 0x10, 0x10})
	if s := slipOf(r); s.Cryptogram != "" || s.TSI != "" || s.TVR != "0000000000" {
		t.Errorf("of a card that was lost: %+v", s)
	}
	r.Cryptogram, r.TSI = payment.Cryptogram{1}, payment.TSI{0xE8}
	if s := slipOf(r); s.Cryptogram != "0100000000000000" || s.TSI != "E800" {
		t.Errorf("of a chip: %+v", s)
	}
}
