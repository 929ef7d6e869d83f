package httpapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/receipt"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

func (a answer) batch(t *testing.T) (s receipt.Settlement) {
	t.Helper()
	check(t, json.Unmarshal(a.body, &s))
	return s
}

func (r *rig) closeBatch(key string) answer {
	r.t.Helper()
	return r.call("POST", "/v1/batches/current/close", "", "Idempotency-Key", key)
}

func TestABatchIsClosedOncePerKey(t *testing.T) {
	r := newRig(t, standin.Lives)
	p := r.paid("s", saleOf700)
	r.done(p, "refunds", "r", `{"amount":300}`)
	current := r.call("GET", "/v1/batches/current", "")
	r.expect(current, 200, "")
	if b := current.batch(t); b.Batch != 7 || b.State != "open" || b.Ours.Sales.Amount != 700 || b.Ours.Refunds.Amount != 300 || b.Ours.Net != 400 || b.Theirs != nil {
		t.Fatalf("got %s", current.body)
	}
	a := r.closeBatch("c")
	r.expect(a, 202, "")
	if b := a.batch(t); b.Batch != 7 || b.State != "closed" || a.header.Get("Location") != "/v1/batches/7" {
		t.Fatalf("got %s", a.body)
	}
	r.restart()
	again := r.closeBatch("c")
	r.expect(again, 200, "")
	if again.batch(t).Batch != 7 || r.call("GET", "/v1/batches/current", "").batch(t).Batch != 8 {
		t.Error("the key closed another batch")
	}
	found := r.call("GET", "/v1/batches?idempotency_key=c", "")
	if r.expect(found, 200, ""); found.batch(t).Batch != 7 {
		t.Errorf("got %s", found.body)
	}
	r.expect(r.call("GET", "/v1/batches?idempotency_key=d", ""), 404, "never_seen")
	r.expect(r.call("GET", "/v1/batches", ""), 400, "malformed")
	r.expect(r.pay("c", "700"), 422, "idempotency_mismatch")
	r.expect(r.closeBatch("s"), 422, "idempotency_mismatch")
	for _, number := range []string{"0", "9", "07", "1000000", "x", "-1"} {
		r.expect(r.call("GET", "/v1/batches/"+number, ""), 404, "not_found")
	}
	report := r.call("GET", "/v1/batches/7/report?format=text", "")
	r.expect(report, 200, "")
	for _, want := range []string{"BATCH 000007", "both sides agree", "7.00 EUR", "3.00 EUR", "4.00 EUR", "Café Größe"} {
		if !strings.Contains(string(report.body), want) {
			t.Errorf("the report lacks %q:\n%s", want, report.body)
		}
	}
	r.expect(r.call("GET", "/v1/batches/7/report", ""), 200, "")
	r.expect(r.call("GET", "/v1/batches/7/report?format=pdf", ""), 400, "malformed")
}

func TestABatchThatDiffersNamesEachItem(t *testing.T) {
	r := newRig(t, standin.Lives)
	p := r.paid("s", saleOf700)
	r.world.Differ(mailbox.Different{Present: true, Kind: mailbox.DifferenceMissing, Type: payment.TypeSale, ID: p.ID, RRN: 5, Ours: 700},
		mailbox.Different{Present: true, Kind: mailbox.DifferenceUnknown, Type: payment.TypeRefund, RRN: 6, Theirs: 100})
	r.expect(r.closeBatch("c"), 202, "")
	a := r.call("GET", "/v1/batches/7", "")
	b := a.batch(t)
	if b.State != "differs" || len(b.Differences) != 2 || *b.Differences[0].PaymentID != p.ID || b.Differences[1].PaymentID != nil || b.Theirs == nil {
		t.Fatalf("got %s", a.body)
	}
}

func TestABatchWaitsForWhatIsPending(t *testing.T) {
	r := newRig(t, standin.Lives)
	r.paid("s", saleOf700)
	r.world.Pending(true)
	a := r.closeBatch("c")
	if r.expect(a, 202, ""); a.batch(t).State != "waiting" || a.batch(t).Pending != 1 {
		t.Fatalf("got %s", a.body)
	}
	r.expect(r.closeBatch("c"), 200, "")
	r.world.Pending(false)
	if b := r.call("GET", "/v1/batches/7", "").batch(t); b.State != "closed" {
		t.Fatalf("got %+v", b)
	}
	r.expect(r.call("GET", "/v1/queue", ""), 200, "")
}

// The two forms of a lost answer: sent again, the key closes the same batch.
func TestAClosingWhoseAnswerIsLostIsFoundByItsKey(t *testing.T) {
	for name, fault := range map[string]standin.Fault{"not done": standin.DropUnheard, "done": standin.DropAfter} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, standin.Lives)
			r.paid("s", saleOf700)
			r.world.FailSettle(fault)
			r.expect(r.closeBatch("c"), 500, "indeterminate")
			r.restart()
			found := r.call("GET", "/v1/batches?idempotency_key=c", "")
			r.expect(found, 200, "")
			if state := found.batch(t).State; (state == "closed") != (name == "done") {
				t.Errorf("it is %s", state)
			}
			again := r.closeBatch("c")
			r.expect(again, 200, "")
			if again.batch(t).Batch != 7 || again.batch(t).State != "closed" {
				t.Errorf("got %s", again.body)
			}
		})
	}
}

func TestWhatContinuesAPaymentComesAgainWhenTheBatchIsClosed(t *testing.T) {
	r := newRig(t, standin.Lives)
	p, held := r.paid("s", saleOf700), r.paid("h", preauthOf700)
	r.world.Refuse(mailbox.CodeBatch)
	for what, of := range map[string]sale.Payment{"refunds": p, "void": p, "capture": held, "increment": held} {
		body := `{"amount":1}`
		if what == "void" {
			body = "{}"
		}
		a := r.on(of, what, what, body)
		r.expect(a, 503, "batch_closing")
		if a.header.Get("Retry-After") == "" || !strings.Contains(string(a.body), `"after_seconds"`) {
			t.Errorf("%s: got %s", what, a.body)
		}
	}
	r.world.Refuse(mailbox.CodeNone)
	r.done(p, "refunds", "refunds", `{"amount":1}`)
}

func TestARefusedClosingLeavesItsKeyFree(t *testing.T) {
	r := newRig(t, standin.Lives)
	p := r.paid("s", saleOf700)
	r.world.Refuse(mailbox.CodeState)
	r.expect(r.closeBatch("c"), 409, "wrong_state")
	r.expect(r.call("GET", "/v1/batches?idempotency_key=c", ""), 404, "never_seen")
	r.world.Refuse(mailbox.CodeNone)
	r.done(p, "refunds", "c", `{"amount":1}`)
}
