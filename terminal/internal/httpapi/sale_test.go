package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
)

func TestASaleRunsFromRequestToReceipt(t *testing.T) {
	r := newRig(t, fast)
	a := r.pay("k1", "1234")
	r.expect(a, 202, "")
	p := a.payment(t)
	if a.header.Get("Location") != "/v1/payments/"+p.ID.String() || a.header.Get("ETag") == "" {
		t.Fatal("location or version is missing")
	}
	p = r.settled(p.ID)
	if *p.Outcome != "approved" || p.Money != "captured" || *p.ApprovedAmount != 1234 || p.Card.Last4 != "0010" {
		t.Fatalf("got %+v", p)
	}
	path := "/v1/payments/" + p.ID.String() + "/receipt"
	merchant := string(r.call("GET", path+"?format=text&copy=merchant", "").body)
	customer := string(r.call("GET", path+"?format=text&copy=customer&duplicate=true", "").body)
	page := string(r.call("GET", path+"?format=html", "").body)
	r.expect(r.call("GET", path, ""), 200, "")
	r.expect(r.call("GET", path+"?format=pdf", ""), 400, "malformed")
	r.expect(r.call("GET", path+"?copy=both", ""), 400, "malformed")
	for _, want := range []string{"APPROVED", "12.34 EUR", "•••• 0010", "PIN VERIFIED", "CHIP", "TC  ", "Café Größe", "9A1B44C03E772105"} {
		if !strings.Contains(merchant, want) {
			t.Errorf("the merchant's copy lacks %q", want)
		}
	}
	if strings.Contains(customer, "9A1B44C03E772105") || !strings.Contains(customer, "DUPLICATE") {
		t.Error("the customer's copy is not a duplicate without the cryptogram")
	}
	for _, form := range []string{merchant, customer, page} {
		if strings.Contains(form, "tok_") {
			t.Error("a receipt shows the token")
		}
	}
	if strings.Contains(page, "<style") || strings.Contains(page, "style=") {
		t.Error("the page breaks its own content policy")
	}
}

func TestEveryOutcomeReachesTheTill(t *testing.T) {
	for _, c := range []struct {
		name, outcome, money string
		script               []standin.Step
	}{
		{"declined", "declined", "none", standin.Decline(time.Millisecond, payment.DeclineInsufficientFunds, "51")},
		{"wrong PIN and then right", "approved", "captured", standin.WrongPINThenApprove(time.Millisecond)},
		{"resolved by a reversal", "not_charged", "released", standin.Resolve(time.Millisecond, true)},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, func(mailbox.Start) []standin.Step { return c.script })
			p := r.settled(r.pay("k", "500").payment(t).ID)
			if *p.Outcome != c.outcome || p.Money != c.money {
				t.Fatalf("got %s, %s", *p.Outcome, p.Money)
			}
			r.expect(r.call("GET", "/v1/payments/"+p.ID.String()+"/receipt", ""), 200, "")
		})
	}
}

func TestWhileItResolvesTheCashierIsToldToWait(t *testing.T) {
	r := newRig(t, func(mailbox.Start) []standin.Step { return standin.Resolve(time.Millisecond, false) })
	p := r.pay("k", "500").payment(t)
	eventually(t, "it resolves", func() bool {
		p = r.call("GET", "/v1/payments/"+p.ID.String(), "").payment(t)
		return p.Status == "resolving"
	})
	if p.Money != "unknown" || len(p.Advice) != 3 || p.Outcome != nil {
		t.Fatalf("got %+v", p)
	}
	r.expect(r.call("GET", "/v1/payments/"+p.ID.String()+"/receipt", ""), 409, "wrong_state")
}

func TestAThousandRequestsUnderOneKeyAreOnePayment(t *testing.T) {
	r := newRig(t, fast)
	transport := http.DefaultTransport.(*http.Transport)
	defer transport.CloseIdleConnections()
	var wg sync.WaitGroup
	var mu sync.Mutex
	statuses, ids := map[int]int{}, map[payment.ID]int{}
	for range 1000 {
		wg.Go(func() {
			a, err := r.try("POST", "/v1/payments", `{"amount":700,"currency":"EUR"}`,
				"Authorization", "Bearer "+r.secrets.Token(), "Idempotency-Key", "one")
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[a.status]++
			if a.status < 300 {
				ids[a.payment(t).ID]++
			}
		})
	}
	wg.Wait()
	if statuses[202] != 1 || statuses[202]+statuses[200]+statuses[409] != 1000 || len(ids) != 1 {
		t.Fatalf("statuses %v, %d payments", statuses, len(ids))
	}
	if r.world.Starts() != 1 {
		t.Fatalf("%d payments began", r.world.Starts())
	}
	t.Logf("statuses %v", statuses)
}

func TestAKeyMeansItsPaymentForEver(t *testing.T) {
	r := newRig(t, fast)
	first := r.pay("k", "700")
	r.expect(first, 202, "")
	id := first.payment(t).ID
	final := r.settled(id)
	again := r.pay("k", "700")
	r.expect(again, 200, "")
	if again.header.Get("Idempotent-Replayed") != "true" || again.payment(t).ID != id {
		t.Error("the replay is not the payment")
	}
	same := r.call("POST", "/v1/payments", "{ \"currency\" : \"EUR\",\n\"timeout_s\":60, \"type\":\"sale\", \"amount\" : 700 }", "Idempotency-Key", "k")
	r.expect(same, 200, "")
	r.expect(r.pay("k", "701"), 422, "idempotency_mismatch")
	r.restart()
	r.expect(r.pay("k", "700"), 200, "")
	found := r.call("GET", "/v1/payments?idempotency_key=k", "")
	r.expect(found, 200, "")
	if got := found.payment(t); got.Version != final.Version || *got.Outcome != "approved" {
		t.Errorf("after the restart it is %+v", got)
	}
	r.expect(r.call("GET", "/v1/payments?idempotency_key=other", ""), 404, "never_seen")
	page := []string{"Cookie", r.cookie()}
	r.expect(r.raw("GET", "/v1/payments?idempotency_key=k", "", page...), 404, "never_seen")
}

func TestARefusedStartLeavesNothing(t *testing.T) {
	for code, want := range map[mailbox.Code]struct {
		status int
		code   string
	}{
		mailbox.CodeBusy: {409, "busy"}, mailbox.CodeBooting: {503, "booting"},
		mailbox.CodeReversalMode: {503, "reversal_mode"}, mailbox.CodeReader: {503, "reader_unavailable"},
		mailbox.CodePINPad: {503, "pinpad_unavailable"}, mailbox.CodeHost: {503, "host_unavailable"},
		mailbox.CodeAmount: {422, "amount_invalid"}, mailbox.CodeCurrency: {422, "currency_not_configured"},
		mailbox.CodeTampered: {423, "tampered"}, mailbox.CodeKeyExhausted: {503, "needs_attention"},
		mailbox.CodeBatch: {503, "batch_closing"}, mailbox.CodeTooManySessions: {503, "secure_world_down"},
	} {
		t.Run(code.String(), func(t *testing.T) {
			r := newRig(t, fast)
			r.world.Refuse(code)
			r.expect(r.pay("k", "700"), want.status, want.code)
			r.expect(r.call("GET", "/v1/payments?idempotency_key=k", ""), 404, "never_seen")
			if list := r.call("GET", "/v1/payments", ""); string(list.body) != "{\"payments\":[],\"next_cursor\":null}\n" {
				t.Errorf("the list holds %s", list.body)
			}
			r.world.Refuse(mailbox.CodeNone)
			r.expect(r.pay("k", "900"), 202, "") // the key is free, even for another amount
		})
	}
}

func TestTheSecondTillIsToldWhichPaymentIsInTheWay(t *testing.T) {
	r := newRig(t, standin.Wait)
	first := r.pay("a", "700").payment(t)
	second := r.pay("b", "800")
	r.expect(second, 409, "busy")
	if !strings.Contains(string(second.body), first.ID.String()) || second.header.Get("Retry-After") == "" {
		t.Errorf("got %s", second.body)
	}
}

func TestCancelMayWinAndMayBeRepeated(t *testing.T) {
	r := newRig(t, standin.Wait)
	p := r.pay("k", "700").payment(t)
	path := "/v1/payments/" + p.ID.String() + "/cancel"
	r.expect(r.call("POST", path, ""), 202, "")
	r.expect(r.call("POST", path, ""), 202, "")
	if p = r.settled(p.ID); *p.Outcome != "canceled" || p.Money != "none" || !p.CancelRequested {
		t.Fatalf("got %+v", p)
	}
	r.expect(r.call("POST", path, ""), 202, "")
	r.expect(r.call("POST", "/v1/payments/pay_aaaaaaaaaaaaaaaaaaaaaaaaaa/cancel", ""), 404, "not_found")
}

func TestCancelMayLose(t *testing.T) {
	r := newRig(t, standin.Wait)
	p := r.pay("k", "700").payment(t)
	r.world.Change(p.ID, func(v *mailbox.View) { v.Status, v.Sent = payment.StatusAuthorizing, true })
	r.expect(r.call("POST", "/v1/payments/"+p.ID.String()+"/cancel", ""), 202, "")
	r.world.Change(p.ID, standin.Approved)
	if p = r.settled(p.ID); *p.Outcome != "approved" || !p.CancelRequested {
		t.Fatalf("got %+v", p)
	}
}

func TestTheListIsNewestFirst(t *testing.T) {
	r := newRig(t, fast)
	for i := range 3 {
		r.settled(r.pay(fmt.Sprint("k", i), fmt.Sprint(100+i)).payment(t).ID)
	}
	a := r.call("GET", "/v1/payments?limit=2", "")
	if n := strings.Index(string(a.body), `"amount":102`); n < 0 || n > strings.Index(string(a.body), `"amount":101`) ||
		strings.Contains(string(a.body), `"amount":100`) {
		t.Errorf("got %s", a.body)
	}
	for _, limit := range []string{"0", "101", "x", "1&limit=2", "01", ""} {
		r.expect(r.call("GET", "/v1/payments?limit="+limit, ""), 400, "malformed")
	}
}

func TestALongPollReturnsAtTheNextChange(t *testing.T) {
	r := newRig(t, standin.Wait)
	p := r.pay("k", "700").payment(t)
	path := fmt.Sprintf("/v1/payments/%s?wait=25&since=%d", p.ID, p.Version)
	time.AfterFunc(50*time.Millisecond, func() { r.world.Change(p.ID, standin.Approved) })
	began := time.Now()
	a := r.call("GET", path, "")
	if a.payment(t).Version <= p.Version || time.Since(began) > 5*time.Second {
		t.Fatalf("got version %d after %s", a.payment(t).Version, time.Since(began))
	}
	began = time.Now()
	unchanged := r.call("GET", fmt.Sprintf("/v1/payments/%s?wait=1&since=%d", p.ID, a.payment(t).Version), "")
	r.expect(unchanged, 200, "")
	if time.Since(began) < time.Second {
		t.Error("the poll did not wait")
	}
	for _, q := range []string{"wait=26&since=1", "wait=-1", "wait=1.5", "since=-1", "wait=", "wait=1&wait=2"} {
		r.expect(r.call("GET", "/v1/payments/"+p.ID.String()+"?"+q, ""), 400, "malformed")
	}
}
