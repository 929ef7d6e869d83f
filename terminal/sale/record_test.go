package sale

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

var at = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func offered() Record {
	return Offer(payment.ID{1}, "till", "k", Request{Type: payment.TypeSale, Amount: 700, Currency: payment.EUR, TimeoutSeconds: 60}, at)
}

func view(version uint32, status payment.Status) mailbox.View {
	return mailbox.View{ID: payment.ID{1}, Version: version, Type: payment.TypeSale, Amount: 700,
		Currency: payment.EUR, Status: status}
}

func approved(version uint32) mailbox.View {
	v := view(version, payment.StatusCompleted)
	v.Outcome, v.Money, v.Approved = payment.OutcomeApproved, payment.MoneyCaptured, 700
	return v
}

func hear(t *testing.T, r Record, v mailbox.View, generation uint64) Record {
	t.Helper()
	next, _, err := r.Hear(v, generation, at)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func TestAnOlderViewDoesNotCoverANewerOne(t *testing.T) {
	r := hear(t, offered(), view(5, payment.StatusAuthorizing), 1)
	if again, changed, _ := r.Hear(view(4, payment.StatusReadingCard), 1, at); changed || again.Payment.Status != "authorizing" {
		t.Error("an older event of this generation was taken")
	}
	if again, changed, _ := r.Hear(view(9, payment.StatusReadingCard), 0, at); changed || again.Payment.Status != "authorizing" {
		t.Error("a word of an earlier generation was taken")
	}
	if r = hear(t, r, view(1, payment.StatusResolving), 2); r.Payment.Status != "resolving" {
		t.Error("after a restart of the secure world its lower version was not taken")
	}
	if r = hear(t, r, approved(1), 1); !r.Finished() {
		t.Error("a final word was not taken")
	}
}

func TestWordsThatCannotBeTrueAreRefused(t *testing.T) {
	for name, change := range map[string]func(*mailbox.View){
		"twin":                      nil,
		"another payment":           func(v *mailbox.View) { v.ID = payment.ID{2} },
		"another amount":            func(v *mailbox.View) { v.Amount = 7 },
		"another currency":          func(v *mailbox.View) { v.Currency = payment.USD },
		"another type":              func(v *mailbox.View) { v.Type = payment.TypeRefund },
		"completed without outcome": func(v *mailbox.View) { v.Outcome = payment.OutcomeNone },
		"outcome without end":       func(v *mailbox.View) { v.Status = payment.StatusAuthorizing },
		"approved without money":    func(v *mailbox.View) { v.Money = payment.MoneyNone },
		"final and unknown":         func(v *mailbox.View) { v.Money = payment.MoneyUnknown },
		"approved for nothing":      func(v *mailbox.View) { v.Approved = 0 },
		"approved for more":         func(v *mailbox.View) { v.Approved = 701 },
		"declined with money":       func(v *mailbox.View) { v.Outcome = payment.OutcomeDeclined },
		"of a payment":              func(v *mailbox.View) { v.Of = payment.ID{9} },
		"another tip":               func(v *mailbox.View) { v.Tip = 1 },
		"another cashback":          func(v *mailbox.View) { v.Cashback = 1 },
		"no status":                 func(v *mailbox.View) { v.Status = payment.StatusNone },
	} {
		v := approved(2)
		if change != nil {
			change(&v)
		}
		next, changed, err := offered().Hear(v, 1, at)
		if (change == nil) != (err == nil) || changed != (err == nil) {
			t.Errorf("%s: %v, changed %v", name, err, changed)
		}
		if err != nil && !reflect.DeepEqual(next, offered()) {
			t.Errorf("%s: the record changed", name)
		}
	}
}

func TestNeverSeenCountsOnlyWhenTheStartCanNoLongerArrive(t *testing.T) {
	if _, _, err := offered().Forget(false, at); !errors.Is(err, ErrTooEarly) {
		t.Errorf("too early: %v", err)
	}
	r, changed, err := offered().Forget(true, at)
	if err != nil || !changed || *r.Payment.Outcome != "not_charged" || r.Payment.Money != "none" {
		t.Errorf("got %+v, %v", r.Payment, err)
	}
	sent := view(2, payment.StatusAuthorizing)
	sent.Sent = true
	if _, _, err := hear(t, offered(), sent, 1).Forget(true, at); !errors.Is(err, ErrForgotten) {
		t.Errorf("of one that was sent: %v", err)
	}
	if r, changed, err := hear(t, offered(), approved(2), 1).Forget(true, at); changed || err != nil || *r.Payment.Outcome != "approved" {
		t.Errorf("of a final one: %v, %v", changed, err)
	}
}

func TestTheMoneyOfAFinalPaymentMoves(t *testing.T) {
	r := hear(t, offered(), approved(2), 1)
	v := approved(3)
	v.Money, v.Captured, v.Refunded = payment.MoneyRefunded, 700, 700
	next, changed, err := r.Amend(v, at)
	if err != nil || !changed || next.Payment.Money != "refunded" || next.Payment.RefundedAmount != 700 || *next.Payment.Outcome != "approved" ||
		next.Payment.Version != r.Payment.Version+1 {
		t.Errorf("got %+v, %v", next.Payment, err)
	}
	if _, changed, err := next.Amend(v, at); changed || err != nil {
		t.Errorf("the same once more: changed %v, %v", changed, err)
	}
	for name, change := range map[string]func(*mailbox.View){
		"another outcome": func(v *mailbox.View) { v.Outcome, v.Money = payment.OutcomeDeclined, payment.MoneyNone },
		"not completed":   func(v *mailbox.View) { v.Status, v.Outcome = payment.StatusResolving, payment.OutcomeNone },
		"unknown":         func(v *mailbox.View) { v.Money = payment.MoneyUnknown },
		"another amount":  func(v *mailbox.View) { v.Amount = 7 },
	} {
		v := v
		change(&v)
		if again, changed, err := next.Amend(v, at); changed || err == nil || !reflect.DeepEqual(again, next) {
			t.Errorf("%s: changed %v, %v", name, changed, err)
		}
	}
	if _, changed, _ := offered().Amend(v, at); changed {
		t.Error("an open payment was amended")
	}
}

func TestAnApprovalWithoutTheHostMayBeRefusedLater(t *testing.T) {
	v := approved(2)
	v.Offline = true
	r := hear(t, offered(), v, 1)
	v.Version, v.Money, v.Captured, v.Decline = 3, payment.MoneyNone, 0, payment.DeclineInsufficientFunds
	next, changed, err := r.Amend(v, at)
	if err != nil || !changed || next.Payment.Money != "none" || next.Payment.Decline == nil || *next.Payment.Outcome != "approved" {
		t.Errorf("got %+v, %v", next.Payment, err)
	}
	for name, change := range map[string]func(*mailbox.View){
		"by nobody":       func(v *mailbox.View) { v.Decline = payment.DeclineNone },
		"of another kind": func(v *mailbox.View) { v.Offline = false },
	} {
		v := v
		change(&v)
		if _, changed, err := r.Amend(v, at); changed || err == nil {
			t.Errorf("refused %s: changed %v, %v", name, changed, err)
		}
	}
}

func TestAPaymentNamesOnceWhatContinuesIt(t *testing.T) {
	r := hear(t, offered(), approved(2), 1)
	next, changed := r.Link(payment.ID{5}, at)
	if !changed || len(next.Payment.FollowUps) != 1 || len(r.Payment.FollowUps) != 0 || next.Payment.Version != r.Payment.Version+1 {
		t.Errorf("got %+v", next.Payment)
	}
	if again, changed := next.Link(payment.ID{5}, at); changed || len(again.Payment.FollowUps) != 1 {
		t.Errorf("twice: %+v", again.Payment)
	}
}

func TestMoneyIsUnknownFromTheMomentARequestMayHaveLeft(t *testing.T) {
	v := view(2, payment.StatusAuthorizing)
	if r := hear(t, offered(), v, 1); r.Payment.Money != "none" {
		t.Errorf("before it left: %s", r.Payment.Money)
	}
	v.Sent = true
	if r := hear(t, offered(), v, 1); r.Payment.Money != "unknown" {
		t.Errorf("once it may have left: %s", r.Payment.Money)
	}
}

func TestARecordSurvivesTheJournal(t *testing.T) {
	v := approved(3)
	v.Card = mailbox.Card{Masked: payment.MaskedPAN{Last4: 10, Length: 16}, Brand: payment.BrandVisa}
	v.Receipt.STAN, v.Receipt.RRN = 1, 2
	r := hear(t, offered(), v, 1)
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Record
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back.Payment, r.Payment) || !reflect.DeepEqual(back.Slip, r.Slip) {
		t.Errorf("got %+v\nwant %+v", back, r)
	}
}

// Whatever is heard in whatever order: versions rise by one with each change,
// and a final outcome never changes.
func TestNoOrderOfWordsBreaksTheRules(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		r := offered()
		for range 30 {
			next, changed := randomWord(random, r)
			if changed != (next.Payment.Version == r.Payment.Version+1) || !changed && next.Payment.Version != r.Payment.Version {
				t.Fatalf("version %d after %d, changed %v", next.Payment.Version, r.Payment.Version, changed)
			}
			if r.Finished() && !reflect.DeepEqual(next.Payment, r.Payment) {
				t.Fatalf("a final payment became %+v", next.Payment)
			}
			if next.Finished() != (next.Payment.Status == "completed") {
				t.Fatalf("got %+v", next.Payment)
			}
			r = next
		}
	}
}

func randomWord(random *rand.Rand, r Record) (Record, bool) {
	switch random.IntN(10) {
	case 0:
		return r.Doubt(at)
	case 1:
		next, changed, _ := r.Forget(random.IntN(2) == 0, at) // refusals leave it as it was
		return next, changed
	case 2:
		return r.AskCancel(at)
	}
	v := approved(random.Uint32N(8))
	v.Status, v.Outcome = payment.Status(random.UintN(10)), payment.Outcome(random.UintN(7))
	v.Money, v.Sent = payment.Money(random.UintN(6)), random.IntN(2) == 0
	next, changed, _ := r.Hear(v, random.Uint64N(3), at) // likewise
	return next, changed
}
