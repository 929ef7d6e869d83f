package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

type page struct {
	Payments []sale.Payment `json:"payments"`
	Next     *string        `json:"next_cursor"`
}

func (r *rig) list(query string) page {
	r.t.Helper()
	a := r.call("GET", "/v1/payments?"+query, "")
	r.expect(a, 200, "")
	var p page
	check(r.t, json.Unmarshal(a.body, &p))
	return p
}

func amounts(p page) string {
	var words []string
	for _, one := range p.Payments {
		words = append(words, fmt.Sprint(int64(one.Amount)))
	}
	return strings.Join(words, " ")
}

func TestTheListIsReadPageByPageAndByWhatOneLooksFor(t *testing.T) {
	wait := false
	r := newRig(t, func(s mailbox.Start) []standin.Step {
		if wait {
			return standin.Wait(s)
		}
		return fast(s)
	})
	began := time.Now().Add(-time.Second).UTC().Format(time.RFC3339)
	for i := range 5 {
		r.settled(r.call("POST", "/v1/payments", fmt.Sprintf(`{"amount":%d,"currency":"EUR","reference":"Table %d"}`, 101+i, i%2),
			"Idempotency-Key", fmt.Sprint("k", i)).payment(t).ID)
	}
	wait = true
	open := r.pay("open", "106").payment(t).ID
	first := r.list("limit=4")
	if amounts(first) != "106 105 104 103" || first.Next == nil {
		t.Fatalf("the first page is %s", amounts(first))
	}
	second := r.list("limit=4&cursor=" + *first.Next)
	if amounts(second) != "102 101" || second.Next != nil {
		t.Errorf("the second page is %s, %v", amounts(second), second.Next)
	}
	later := url.QueryEscape(time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	for query, want := range map[string]string{
		"reference=Table%201": "104 102", "reference=Table%201&limit=1": "104", "status=open": "106", "status=completed&limit=2": "105 104",
		"outcome=approved": "105 104 103 102 101", "outcome=declined": "", "reference=x": "",
		"created_from=" + url.QueryEscape(began): "106 105 104 103 102 101", "created_from=" + later: "",
		"created_until=" + url.QueryEscape(began): "", "created_until=" + later + "&limit=1": "106",
	} {
		if got := amounts(r.list(query)); got != want {
			t.Errorf("%s lists %q, not %q", query, got, want)
		}
	}
	for _, query := range []string{"cursor=0", "cursor=x", "status=done", "outcome=none", "reference=", "created_from=today", "yesterday=1", "status=open&status=open"} {
		r.expect(r.call("GET", "/v1/payments?"+query, ""), 400, "malformed")
	}
	r.world.Change(open, standin.Approved)
	r.settled(open)
}

func TestAVersionThatIsKnownIsNotSentAgain(t *testing.T) {
	r := newRig(t, fast)
	p := r.settled(r.pay("k", "700").payment(t).ID)
	path := "/v1/payments/" + p.ID.String()
	tag := r.call("GET", path, "").header.Get("ETag")
	for _, known := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
		if a := r.call("GET", path, "", "If-None-Match", known); a.status != 304 || a.header.Get("ETag") != tag {
			t.Errorf("with %s: %d", known, a.status)
		}
	}
	r.expect(r.call("GET", path, "", "If-None-Match", `"1"`), 200, "")
}

func TestTheTimelineTellsEveryStepAndNothingOfTheCard(t *testing.T) {
	r := newRig(t, fast)
	p := r.settled(r.pay("k", "700").payment(t).ID)
	r.settled(r.pay("another", "800").payment(t).ID)
	a := r.call("GET", "/v1/payments/"+p.ID.String()+"/events", "")
	r.expect(a, 200, "")
	var line struct {
		Complete bool
		Events   []struct {
			Event   int64
			Version uint64
			Status  string
			Outcome *string
		}
	}
	check(t, json.Unmarshal(a.body, &line))
	n := len(line.Events)
	if !line.Complete || n != int(p.Version)-1 {
		t.Fatalf("%d steps of version %d, complete %v", n, p.Version, line.Complete)
	}
	for i, e := range line.Events {
		if e.Version != uint64(i+2) || i > 0 && e.Event <= line.Events[i-1].Event || (e.Outcome != nil) != (i == n-1) {
			t.Errorf("step %d is %+v", i, e)
		}
	}
	for _, secret := range []string{p.Card.Token, p.Card.Last4, p.Card.Masked, "\"card\":"} {
		if strings.Contains(string(a.body), secret) {
			t.Errorf("the timeline says %q", secret)
		}
	}
	r.expect(r.call("GET", "/v1/payments/pay_aaaaaaaaaaaaaaaaaaaaaaaaaa/events", ""), 404, "not_found")
	r.expect(r.call("GET", "/v1/payments/x/events", ""), 404, "not_found")
}

func TestAPrintersReceiptComesAsBytes(t *testing.T) {
	r := newRig(t, fast)
	p := r.settled(r.pay("k", "1234").payment(t).ID)
	path := "/v1/payments/" + p.ID.String() + "/receipt?format=escpos"
	wide, narrow := r.call("GET", path, ""), r.call("GET", path+"&width=32&copy=merchant&duplicate=true", "")
	for _, a := range []answer{wide, narrow} {
		r.expect(a, 200, "")
		body := string(a.body)
		if !strings.HasPrefix(body, "\x1b@\x1bt\x13") || !strings.HasSuffix(body, "\x1dVB\x03") || !strings.Contains(body, "Caf\x82 Gr\x94\xe1e") {
			t.Errorf("the printer is sent %q", body)
		}
	}
	if !strings.Contains(string(narrow.body), "DUPLICATE") || strings.Contains(string(wide.body), "DUPLICATE") {
		t.Error("the reprint, and it alone, does not say so")
	}
	r.expect(r.call("GET", path+"&width=80", ""), 400, "malformed")
}
