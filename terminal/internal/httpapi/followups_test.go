package httpapi_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// paid is a sale, or whatever body asks for, that has ended approved.
func (r *rig) paid(key, body string) sale.Payment {
	r.t.Helper()
	a := r.call("POST", "/v1/payments", body, "Idempotency-Key", key)
	r.expect(a, 202, "")
	p := r.settled(a.payment(r.t).ID)
	if *p.Outcome != "approved" {
		r.t.Fatalf("got %+v", p)
	}
	return p
}

const (
	saleOf700    = `{"amount":700,"currency":"EUR"}`
	preauthOf700 = `{"amount":700,"currency":"EUR","type":"preauth"}`
)

// on asks for what continues a payment.
func (r *rig) on(p sale.Payment, what, key, body string) answer {
	r.t.Helper()
	return r.call("POST", "/v1/payments/"+p.ID.String()+"/"+what, body, "Idempotency-Key", key)
}

// done is what continues a payment, ended, with the payment after it.
func (r *rig) done(p sale.Payment, what, key, body string) (followUp, original sale.Payment) {
	r.t.Helper()
	a := r.on(p, what, key, body)
	r.expect(a, 202, "")
	followUp = r.settled(a.payment(r.t).ID)
	return followUp, r.look(p.ID) // who hears of the one finds it at the other
}

func (r *rig) look(id payment.ID) sale.Payment {
	r.t.Helper()
	a := r.call("GET", "/v1/payments/"+id.String(), "")
	r.expect(a, 200, "")
	return a.payment(r.t)
}

func TestAPaymentIsRefundedInPartsAndNoMore(t *testing.T) {
	r := newRig(t, standin.Lives)
	p := r.paid("s", saleOf700)
	if p.CapturedAmount != 700 || p.Capture != "auto" || len(p.FollowUps) != 0 {
		t.Fatalf("got %+v", p)
	}
	refund, after := r.done(p, "refunds", "r1", `{"amount":300,"reference":"cold"}`)
	if refund.Type != "refund" || *refund.Of != p.ID || refund.Money != "refunded" || *refund.ApprovedAmount != 300 || *refund.Reference != "cold" {
		t.Errorf("got %+v", refund)
	}
	if after.RefundedAmount != 300 || after.Money != "captured" || !slices.Equal(after.FollowUps, []payment.ID{refund.ID}) || *after.Outcome != "approved" {
		t.Errorf("got %+v", after)
	}
	r.expect(r.on(p, "refunds", "r2", `{"amount":401}`), 422, "amount_exceeds")
	r.expect(r.call("GET", "/v1/payments?idempotency_key=r2", ""), 404, "never_seen")
	second, after := r.done(after, "refunds", "r2", `{"amount":400,"currency":"EUR"}`)
	if after.RefundedAmount != 700 || after.Money != "refunded" || !slices.Equal(after.FollowUps, []payment.ID{refund.ID, second.ID}) {
		t.Errorf("got %+v", after)
	}
	for _, want := range []string{"REFUND", "3.00 EUR", p.ID.String()} {
		if got := r.receipt(refund, "customer"); !strings.Contains(got, want) {
			t.Errorf("the receipt lacks %q:\n%s", want, got)
		}
	}
}

func TestAPreauthIsIncrementedAndCapturedInParts(t *testing.T) {
	r := newRig(t, standin.Lives)
	p := r.paid("p", preauthOf700)
	if p.Money != "held" || p.HeldAmount != 700 || p.CapturedAmount != 0 || p.Capture != "manual" {
		t.Fatalf("got %+v", p)
	}
	if got := r.receipt(p, "customer"); !strings.Contains(got, "HELD") || !strings.Contains(got, "not a payment") {
		t.Errorf("the receipt says\n%s", got)
	}
	r.expect(r.on(p, "capture", "c", `{"amount":701}`), 422, "amount_exceeds")
	_, p = r.done(p, "increment", "i", `{"amount":300}`)
	if p.HeldAmount != 1000 || *p.ApprovedAmount != 1000 || p.Amount != 700 {
		t.Fatalf("got %+v", p)
	}
	first, p := r.done(p, "capture", "c", `{"amount":600}`)
	if first.Money != "captured" || p.HeldAmount != 400 || p.CapturedAmount != 600 || p.Money != "captured" {
		t.Fatalf("got %+v", p)
	}
	_, p = r.done(p, "capture", "d", `{"amount":100,"last":true}`)
	if p.HeldAmount != 0 || p.CapturedAmount != 700 || len(p.FollowUps) != 3 {
		t.Fatalf("got %+v", p)
	}
	_, p = r.done(p, "refunds", "e", `{"amount":50}`)
	if p.RefundedAmount != 50 {
		t.Fatalf("got %+v", p)
	}
}

func TestAVoidTakesAPaymentBack(t *testing.T) {
	r := newRig(t, standin.Lives)
	p := r.paid("s", saleOf700)
	a := r.on(p, "void", "v", "") // its address says everything
	r.expect(a, 202, "")
	void := r.settled(a.payment(t).ID)
	r.expect(r.on(p, "void", "v", "{}"), 200, "")
	if money := r.look(p.ID).Money; money != "released" {
		t.Errorf("the original is %s", money)
	}
	if void.Amount != 0 || void.ApprovedAmount != nil || *void.Outcome != "approved" {
		t.Errorf("got %+v", void)
	}
	for _, of := range []sale.Payment{void, r.look(p.ID)} {
		if got := r.receipt(of, "merchant"); !strings.Contains(got, "VOIDED") || !strings.Contains(got, "7.00 EUR") {
			t.Errorf("the receipt says\n%s", got)
		}
	}
	r.expect(r.on(p, "void", "w", "{}"), 409, "wrong_state")
	r.expect(r.on(p, "refunds", "x", `{"amount":1}`), 409, "wrong_state")
}

func TestWhatDoesNotFitIsRefusedAndLeavesItsKeyFree(t *testing.T) {
	r := newRig(t, standin.Lives)
	p := r.paid("s", saleOf700)
	nobody := p
	nobody.ID = payment.ID{9}
	r.expect(r.on(nobody, "refunds", "k", `{"amount":1}`), 404, "not_found")
	r.expect(r.on(p, "capture", "k", `{"amount":1}`), 409, "wrong_state")
	r.expect(r.on(p, "increment", "k", `{"amount":1}`), 409, "wrong_state")
	r.expect(r.on(p, "refunds", "k", `{}`), 400, "malformed")
	r.expect(r.on(p, "refunds", "k", `{"amount":1,"currency":"USD"}`), 422, "currency_not_configured")
	r.expect(r.call("POST", "/v1/payments/"+p.ID.String()+"/refunds", `{"amount":1}`), 400, "missing_idempotency_key")
	r.expect(r.call("POST", "/v1/payments/x/refunds", `{"amount":1}`, "Idempotency-Key", "k"), 404, "not_found")
	r.expect(r.call("POST", "/v1/refunds", `{"amount":1,"currency":"EUR"}`), 400, "missing_idempotency_key")
	r.expect(r.call("POST", "/v1/batches/current/close", ""), 400, "missing_idempotency_key")
	r.world.Refuse(mailbox.CodeOffline)
	r.expect(r.pay("k", "1"), 503, "offline_limit")
	r.world.Refuse(mailbox.CodeNone)
	if starts := r.world.Starts(); starts != 1 {
		t.Fatalf("%d payments began", starts)
	}
	r.done(p, "refunds", "k", `{"amount":1}`)
}

// What the issuer referred stays declined; the capture is a payment of its own.
func TestAReferredSaleIsCapturedWithTheCodeOfACall(t *testing.T) {
	r := newRig(t, func(s mailbox.Start) []standin.Step {
		if s.Amount == 4_444 && s.Of.Zero() {
			return standin.Decline(time.Millisecond, payment.DeclineCallIssuer, "01")
		}
		return standin.Lives(s)
	})
	r.expect(r.pay("s", "4444"), 202, "")
	p := r.settled(r.pay("s", "4444").payment(t).ID)
	if *p.Outcome != "declined" || p.Decline.Category != "call_issuer" {
		t.Fatalf("got %+v", p)
	}
	r.expect(r.on(p, "capture", "k", `{"amount":4444}`), 409, "wrong_state")
	r.expect(r.on(p, "capture", "k", `{"amount":4444,"approval_code":"short"}`), 400, "malformed")
	a := r.on(p, "capture", "k", `{"amount":4444,"approval_code":"a1b2c3"}`)
	r.expect(a, 202, "")
	if c := r.settled(a.payment(t).ID); *c.Outcome != "approved" || c.Money != "captured" || *c.Of != p.ID {
		t.Fatalf("got %+v", c)
	}
	r.expect(r.on(p, "capture", "k", `{"amount":4444,"approval_code":"A1B2C3"}`), 200, "")
	r.expect(r.on(p, "capture", "k", `{"amount":4444,"approval_code":"A1B2C4"}`), 422, "idempotency_mismatch")
	if q := r.look(p.ID); *q.Outcome != "declined" || q.Money != "none" || len(q.FollowUps) != 1 {
		t.Fatalf("got %+v", q)
	}
}

// A key means its question, whatever the route.
func TestAKeyIsOneKeyOnAllRoutes(t *testing.T) {
	r := newRig(t, standin.Lives)
	p := r.paid("s", saleOf700)
	q := r.paid("q", saleOf700)
	refund, _ := r.done(p, "refunds", "k", `{"amount":300}`)
	r.restart()
	again := r.on(p, "refunds", "k", `{ "amount" : 300 }`)
	r.expect(again, 200, "")
	if again.payment(t).ID != refund.ID || again.header.Get("Idempotent-Replayed") != "true" || r.world.Starts() != 3 {
		t.Errorf("got %s after %d starts", again.body, r.world.Starts())
	}
	r.expect(r.on(p, "refunds", "k", `{"amount":301}`), 422, "idempotency_mismatch")
	r.expect(r.on(q, "refunds", "k", `{"amount":300}`), 422, "idempotency_mismatch")
	r.expect(r.on(p, "capture", "k", `{"amount":300}`), 422, "idempotency_mismatch")
	r.expect(r.pay("k", "300"), 422, "idempotency_mismatch")
	r.expect(r.call("POST", "/v1/refunds", `{"amount":300,"currency":"EUR"}`, "Idempotency-Key", "k"), 422, "idempotency_mismatch")
	r.expect(r.call("POST", "/v1/batches/current/close", "", "Idempotency-Key", "k"), 422, "idempotency_mismatch")
}

func TestTheOtherKindsOfPaymentReachTheTill(t *testing.T) {
	r := newRig(t, func(s mailbox.Start) []standin.Step {
		switch {
		case s.Partial:
			return standin.Part(time.Millisecond, 500)
		case s.Amount == 800:
			return standin.Offline(time.Millisecond)
		}
		return standin.Lives(s)
	})
	p := r.paid("tip", `{"amount":900,"currency":"EUR","tip":100,"cashback":200,"store_card":true}`)
	if p.Tip != 100 || p.Cashback != 200 || !p.StoreCard || *p.ApprovedAmount != 900 || !strings.Contains(r.receipt(p, "customer"), "Tip") {
		t.Errorf("got %+v", p)
	}
	stored := r.paid("token", `{"amount":700,"currency":"EUR","token":"`+p.Card.Token+`"}`)
	if stored.CapturedAmount != 700 {
		t.Errorf("got %+v", stored)
	}
	part := r.settled(r.call("POST", "/v1/payments", `{"amount":700,"currency":"EUR","partial_allowed":true}`, "Idempotency-Key", "part").payment(t).ID)
	if *part.Outcome != "partially_approved" || *part.ApprovedAmount != 500 || part.CapturedAmount != 500 || !strings.Contains(r.receipt(part, "customer"), "Still to pay") {
		t.Errorf("got %+v", part)
	}
	offline := r.paid("offline", `{"amount":800,"currency":"EUR"}`)
	if !offline.Offline || !strings.Contains(r.receipt(offline, "customer"), "Approved offline") {
		t.Errorf("got %+v", offline)
	}
	r.world.Amend(offline.ID, func(v *mailbox.View) { v.Offline = false })
	eventually(t, "the issuer has confirmed it", func() bool { return !r.look(offline.ID).Offline })
	for route, body := range map[string]string{"refunds": saleOf700, "balance-inquiries": `{"currency":"EUR"}`} {
		a := r.call("POST", "/v1/"+route, body, "Idempotency-Key", route)
		r.expect(a, 202, "")
		q := r.settled(a.payment(t).ID)
		if *q.Outcome != "approved" || q.Of != nil || q.Money != map[string]string{"refunds": "refunded", "balance-inquiries": "none"}[route] {
			t.Errorf("%s: got %+v", route, q)
		}
		r.receipt(q, "customer")
	}
}

// What happened to a key is answered at every moment, also of a refund, whose
// answer is lost in either way, and after a restart of the terminal in each.
func TestEveryLostRefundIsFoundByItsKey(t *testing.T) {
	for fault, outcome := range map[standin.Fault]string{standin.DropUnheard: "not_charged", standin.DropAfter: "approved",
		standin.ForgetStarted: "not_charged"} {
		for _, restarted := range []bool{false, true} {
			t.Run(fmt.Sprint(fault, restarted), func(t *testing.T) {
				r := newRig(t, func(s mailbox.Start) []standin.Step {
					if fault == standin.ForgetStarted && !s.Of.Zero() {
						return standin.Wait(s)
					}
					return standin.Lives(s)
				})
				p := r.paid("s", saleOf700)
				r.world.Fail(fault)
				a := r.on(p, "refunds", "k", `{"amount":300}`)
				r.expect(a, 202, "")
				if restarted {
					r.restart()
				}
				byKey := r.call("GET", "/v1/payments?idempotency_key=k", "")
				r.expect(byKey, 200, "")
				if q := byKey.payment(t); q.ID != a.payment(t).ID || q.Outcome == nil && q.Money != "unknown" {
					t.Fatalf("it says %+v", q)
				}
				refund := r.settled(a.payment(t).ID)
				if *refund.Outcome != outcome {
					t.Fatalf("got %+v", refund)
				}
				want := payment.Amount(0)
				if outcome == "approved" {
					want = 300
				}
				eventually(t, "the original says so too", func() bool { return r.look(p.ID).RefundedAmount == want })
				r.expect(r.on(p, "refunds", "k", `{"amount":300}`), 200, "")
			})
		}
	}
}

// The crash points of the terminal: before the journal the key was never seen, after
// it the payment is found and ends, whether or not Start was sent.
func TestAKeyIsFoundFromTheJournalOn(t *testing.T) {
	r := newRig(t, standin.Lives)
	p := r.paid("s", saleOf700)
	r.expect(r.call("GET", "/v1/payments?idempotency_key=k", ""), 404, "never_seen")
	r.stop()
	request := sale.Request{Type: payment.TypeRefund, Of: p.ID, Amount: 300, Currency: payment.EUR, TimeoutSeconds: sale.DefaultTimeoutSeconds}
	r.journaled(sale.Offer(payment.ID{8}, "till", "k", request, time.Now())) // and no further
	r.start()
	a := r.call("GET", "/v1/payments?idempotency_key=k", "")
	r.expect(a, 200, "")
	if q := a.payment(t); q.Outcome == nil && q.Money != "unknown" {
		t.Fatalf("it says %+v", q)
	}
	if q := r.settled(payment.ID{8}); *q.Outcome != "not_charged" || q.Money != "none" {
		t.Fatalf("got %+v", q)
	}
	r.expect(r.on(p, "refunds", "k", `{"amount":300}`), 200, "") // the key keeps its outcome
	if p = r.look(p.ID); p.RefundedAmount != 0 || r.world.Starts() != 1 {
		t.Fatalf("got %+v after %d starts", p, r.world.Starts())
	}
}

// While the answer to Start is awaited nobody knows whether there is a payment: what
// is told then must stay true, so it is neither "never seen" nor a payment that may
// be withdrawn.
func TestAKeyIsInFlightWhileTheAnswerIsAwaited(t *testing.T) {
	r := newRig(t, standin.Lives)
	p := r.paid("s", saleOf700)
	r.world.Fail(standin.HoldThenDrop)
	answered := make(chan answer, 1)
	go func() {
		a, err := r.try("POST", "/v1/payments/"+p.ID.String()+"/refunds", `{"amount":300}`,
			"Authorization", "Bearer "+r.secrets.Token(), "Idempotency-Key", "k", "Content-Type", "application/json")
		if err != nil {
			t.Error(err)
		}
		answered <- a
	}()
	eventually(t, "it is in flight", func() bool {
		a := r.call("GET", "/v1/payments?idempotency_key=k", "")
		if a.status == 200 {
			t.Fatalf("a payment is told of that may be withdrawn: %s", a.body)
		}
		return a.status == 409 && a.code(t) == "in_flight"
	})
	r.expect(r.call("GET", "/v1/payments?idempotency_key=k", ""), 409, "in_flight")
	r.world.Release()
	a := <-answered
	r.expect(a, 202, "")
	found := r.call("GET", "/v1/payments?idempotency_key=k", "")
	if r.expect(found, 200, ""); found.payment(t).ID != a.payment(t).ID {
		t.Errorf("got %s", found.body)
	}
	if refund := r.settled(a.payment(t).ID); *refund.Outcome != "approved" {
		t.Errorf("got %+v", refund)
	}
}

func TestALostJournalIsRebuiltWithWhatContinuesAPayment(t *testing.T) {
	r := newRig(t, standin.Lives)
	p := r.paid("s", saleOf700)
	refund, _ := r.done(p, "refunds", "r", `{"amount":300}`)
	for _, eventsLost := range []bool{false, true} {
		r.stop()
		r.loseJournal()
		if eventsLost {
			r.world.LoseEvents()
			r.world.Amend(refund.ID, func(*mailbox.View) {}) // its event alone is there
		}
		r.start()
		eventually(t, "both are known", func() bool {
			a := r.call("GET", "/v1/payments/"+p.ID.String(), "")
			return a.status == 200 && a.payment(t).RefundedAmount == 300 && len(a.payment(t).FollowUps) == 1
		})
		if q := r.settled(refund.ID); *q.Of != p.ID || *q.Outcome != "approved" { // its first event may be all that was told yet
			t.Fatalf("got %+v", q)
		}
	}
}

// What happened to the money while nobody listened is asked for.
func TestMoneyThatMovedUnheardIsFound(t *testing.T) {
	r := newRig(t, standin.Lives)
	p := r.paid("s", saleOf700)
	r.stop()
	r.world.Amend(p.ID, func(v *mailbox.View) { v.Refunded = 200 })
	r.world.Restart(false)
	r.start()
	eventually(t, "it is known", func() bool { return r.look(p.ID).RefundedAmount == 200 })
}

// However many payments came behind it, an approval of the card alone is asked for until
// its issuer has spoken.
func TestAnOldOfflineApprovalThatWasRefusedUnheardIsFound(t *testing.T) {
	away := true
	r := newRig(t, func(s mailbox.Start) []standin.Step {
		if away {
			return standin.Offline(time.Millisecond)
		}
		return standin.Lives(s)
	})
	var waiting []payment.ID
	for i := range 3 {
		waiting = append(waiting, r.paid(fmt.Sprint("o", i), saleOf700).ID)
	}
	away = false
	for i := range 55 { // more than are asked for whatever their money
		r.paid(fmt.Sprint("s", i), saleOf700)
	}
	r.stop()
	refused, taken := waiting[0], waiting[1]
	r.world.Quietly(refused, func(v *mailbox.View) { v.Money, v.Captured, v.Decline = payment.MoneyNone, 0, payment.DeclineDeclined })
	r.world.Quietly(taken, func(v *mailbox.View) { v.Offline = false })
	r.start()
	eventually(t, "both are known", func() bool { return r.look(refused).Money == "none" && !r.look(taken).Offline })
	if p := r.look(refused); *p.Outcome != "approved" || p.Decline == nil || p.CapturedAmount != 0 {
		t.Errorf("the one that was refused: %+v", p)
	}
	if p := r.look(waiting[2]); p.Money != "captured" || !p.Offline {
		t.Errorf("the one that waits: %+v", p)
	}
}

// The events that a secure world tells once more at the beginning of a link do not
// move the money back and forth.
func TestOldEventsDoNotTakeARefundBack(t *testing.T) {
	r := newRig(t, standin.Lives)
	p := r.paid("s", saleOf700)
	for i := range 5 {
		_, p = r.done(p, "refunds", fmt.Sprint("r", i), `{"amount":100}`)
	}
	for i := range 55 { // more than are asked for anew
		r.paid(fmt.Sprint("s", i), saleOf700)
	}
	newest, err := r.lane.NewestEvent()
	check(t, err)
	r.restart()
	r.paid("after", saleOf700) // all events before it have been told
	events, _, err := r.lane.EventsAfter(newest, 100)
	check(t, err)
	for _, e := range events {
		if strings.Contains(string(e.Body), `"id":"`+p.ID.String()) {
			t.Errorf("it was told of again: %s", e.Body)
		}
	}
	if again := r.look(p.ID); again.Version != p.Version || again.RefundedAmount != 500 {
		t.Errorf("got %+v, was version %d", again, p.Version)
	}
}

// Whoever follows the stream sees versions rise, of the original too, and what GET
// says afterwards is never older.
func TestTheEventsOfAnOriginalComeInOrder(t *testing.T) {
	r := newRig(t, standin.Lives)
	p := r.paid("s", saleOf700)
	before, err := r.lane.NewestEvent()
	check(t, err)
	for i := range 3 {
		_, p = r.done(p, "refunds", fmt.Sprint("r", i), `{"amount":100}`)
	}
	events, _, err := r.lane.EventsAfter(before, 100)
	check(t, err)
	last := map[payment.ID]sale.Payment{}
	for _, e := range events {
		q := answer{body: e.Body}.payment(t)
		was, seen := last[q.ID]
		if seen && q.Version != was.Version+1 || q.RefundedAmount < was.RefundedAmount {
			t.Errorf("version %d with %d refunded came after version %d with %d", q.Version, q.RefundedAmount, was.Version, was.RefundedAmount)
		}
		last[q.ID] = q
	}
	if got := last[p.ID]; got.RefundedAmount != 300 || got.Version > r.look(p.ID).Version {
		t.Errorf("the last event says %+v", got)
	}
}
