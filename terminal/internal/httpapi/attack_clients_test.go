package httpapi_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
)

// listen opens the event stream and returns what ends when the stream does.
func (c *till) listen() (ended <-chan struct{}) {
	c.r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c.r.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", c.base+"/v1/events", nil)
	check(c.r.t, err)
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := c.client.Do(req)
	check(c.r.t, err)
	if res.StatusCode != 200 {
		c.r.t.Fatalf("the stream answers %d", res.StatusCode)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer res.Body.Close()
		for s := bufio.NewScanner(res.Body); s.Scan(); {
		}
	}()
	return done
}

func TestA55ARevokedTokenOpensNothingAndItsStreamEnds(t *testing.T) {
	r := newRig(t, fast)
	stolen, other := r.paired("Stolen", `"pay"`), r.paired("Other", `"pay"`)
	ended, going := stolen.listen(), other.listen()
	r.expect(stolen.call("GET", "/v1/payments", ""), 200, "")
	r.expect(r.call("DELETE", "/v1/pairing/clients/"+stolen.id, ""), 204, "")
	for _, path := range []string{"/v1/payments", "/v1/terminal", "/v1/events", "/v1/nothing"} {
		r.expect(stolen.call("GET", path, ""), 401, "revoked")
	}
	r.expect(stolen.call("POST", "/v1/payments", question, "Idempotency-Key", "k"), 401, "revoked")
	r.expect(stolen.call("POST", "/v1/pairing/clients/"+stolen.id+"/rotate", ""), 401, "revoked")
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Error("the stream of the stolen token goes on")
	}
	r.expect(other.call("GET", "/v1/payments", ""), 200, "") // the twin
	select {
	case <-going:
		t.Error("the other till's stream has ended too")
	default:
	}
	if r.world.Starts() != 0 {
		t.Errorf("%d payments began", r.world.Starts())
	}
}

func TestA55ATokenIsTakenWholeAndOnItsOwnSide(t *testing.T) {
	r := newRig(t, fast)
	c, d := r.paired("Till", `"pay"`), r.paired("Other", `"pay"`)
	token := c.token
	_, secret, _ := strings.Cut(token, ".")
	for name, try := range map[string]string{
		"nothing": "", "half": token[:len(token)/2], "one letter less": token[:len(token)-1], "one more": token + "A",
		"the secret alone": secret, "the name alone": c.id, "another's name": d.id + "." + secret,
		"in capitals": strings.ToUpper(token), "of loopback": r.secrets.Token(), "of the page": r.secrets.Cookie(),
	} {
		c.token = try
		if try == "" {
			c.token = " "
		}
		if a := c.call("GET", "/v1/payments", ""); a.status != 401 || a.code(t) != "unpaired" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	c.token = ""
	r.expect(c.call("GET", "/v1/payments", "", "Cookie", r.cookie()), 401, "unpaired")
	r.expect(r.raw("GET", "/v1/payments", "", "Authorization", "Bearer "+token), 401, "unpaired") // in the clear
	c.token = token
	r.expect(c.call("GET", "/v1/payments", ""), 200, "") // the twin
}

// For each route, the scopes that open it; what opens to none is at the terminal alone.
func TestA55NoScopeIsGainedByAsking(t *testing.T) {
	r := newRig(t, standin.Wait)
	mine := r.pay("k0", "700").payment(t).ID.String()
	tills := map[string]*till{}
	for _, s := range []string{"pay", "refund", "batch", "admin"} {
		tills[s] = r.paired("Till "+s, `"`+s+`"`)
	}
	whole := r.paired("Whole", `"pay","refund","batch","admin"`)
	other := tills["pay"].id
	for _, c := range []struct{ method, path, opens string }{
		{"POST", "/v1/payments", "pay"}, {"GET", "/v1/payments", "pay refund batch"},
		{"GET", "/v1/payments/" + mine, "pay refund batch"}, {"GET", "/v1/payments/" + mine + "/receipt", "pay refund batch"},
		{"POST", "/v1/payments/" + mine + "/capture", "pay"}, {"POST", "/v1/payments/" + mine + "/increment", "pay"},
		{"POST", "/v1/payments/" + mine + "/void", "refund"}, // of the page: not the till's own
		{"POST", "/v1/payments/" + mine + "/refunds", "refund"}, {"POST", "/v1/refunds", "refund"},
		{"POST", "/v1/balance-inquiries", "pay"}, {"GET", "/v1/batches/current", "batch"}, {"GET", "/v1/batches/1", "batch"},
		{"GET", "/v1/batches?idempotency_key=x", "batch"}, {"GET", "/v1/webhooks", "admin"}, {"POST", "/v1/webhooks", "admin"},
		{"GET", "/v1/pairing/clients", "admin"}, {"POST", "/v1/pairing/clients/" + whole.id + "x/rotate", "admin"},
		{"DELETE", "/v1/pairing/clients/" + whole.id + "x", "admin"}, {"GET", "/v1/pairing/clients/" + whole.id, "admin"},
		{"GET", "/v1/pairing/clients/" + other, "pay admin"},
		{"GET", "/v1/terminal", "pay refund batch admin"}, {"GET", "/v1/queue", "pay refund batch admin"},
		{"GET", "/v1/pairing/requests/current", ""}, {"POST", "/v1/pairing/requests/x/confirm", ""},
		{"POST", "/v1/pairing/requests/x/reject", ""}, {"GET", "/v1/pairing/requests/x/qr", ""},
	} {
		for scope, till := range tills {
			a := till.call(c.method, c.path, "", "Idempotency-Key", "k-"+scope)
			opens := strings.Contains(" "+c.opens+" ", " "+scope+" ")
			if refused := a.status == 403 && a.code(t) == "scope"; refused == opens || a.status == 401 {
				t.Errorf("%s %s with %s: %d %s", c.method, c.path, scope, a.status, a.body)
			}
		}
		if a := whole.call(c.method, c.path, "", "Idempotency-Key", "k"); (a.status == 403) != (c.opens == "") {
			t.Errorf("%s %s with every scope: %d %s", c.method, c.path, a.status, a.body)
		}
	}
	if r.world.Starts() != 1 {
		t.Errorf("%d payments began", r.world.Starts())
	}
}

// Without the scope refund a till takes back what it began, and nobody else's.
func TestA55ATillVoidsItsOwnPaymentsOnly(t *testing.T) {
	r := newRig(t, fast)
	c := r.paired("Till", `"pay"`)
	mine := r.settled(c.call("POST", "/v1/payments", question, "Idempotency-Key", "k").payment(t).ID).ID.String()
	others := r.settled(r.pay("k", "700").payment(t).ID).ID.String()
	r.expect(c.call("POST", "/v1/payments/"+others+"/void", "", "Idempotency-Key", "v"), 403, "scope")
	r.expect(c.call("POST", "/v1/payments/"+mine+"/void", "", "Idempotency-Key", "v"), 202, "")
}

func TestA56AnotherClientsKeyIsInvisible(t *testing.T) {
	r := newRig(t, fast)
	c, d := r.paired("One", `"pay","batch"`), r.paired("Two", `"pay","batch"`)
	first := c.call("POST", "/v1/payments", question, "Idempotency-Key", "k").payment(t).ID
	r.settled(first)
	r.expect(d.call("GET", "/v1/payments?idempotency_key=k", ""), 404, "never_seen")
	r.expect(c.call("GET", "/v1/payments?idempotency_key=k", ""), 200, "") // the twin
	other := `{"amount":701,"currency":"EUR"}`
	r.expect(c.call("POST", "/v1/payments", other, "Idempotency-Key", "k"), 422, "idempotency_mismatch")
	a := d.call("POST", "/v1/payments", other, "Idempotency-Key", "k") // a payment of its own
	r.expect(a, 202, "")
	if a.payment(t).ID == first {
		t.Error("two clients share a payment")
	}
	r.settled(a.payment(t).ID)
	r.expect(d.call("GET", "/v1/batches?idempotency_key=k", ""), 404, "never_seen")
}

func TestA56TenThousandAtOnceAreOnePaymentAndBounded(t *testing.T) {
	r := newRig(t, fast)
	c := r.paired("Till", `"pay"`)
	const all, atOnce = 10_000, 24
	began := time.Now()
	var mu sync.Mutex
	statuses := map[int]int{}
	together(t, atOnce, func(i int) (answer, error) {
		var a answer
		var err error
		for n := i; n < all && err == nil; n += atOnce {
			a, err = c.try("POST", "/v1/payments", question, "Idempotency-Key", "k")
			mu.Lock()
			statuses[a.status]++
			mu.Unlock()
		}
		return a, err
	})
	// Two hundred at a stroke and a hundred a second, whatever the machine needs.
	if most := 201 + 100*time.Since(began).Seconds(); float64(all-statuses[429]) > most || statuses[202]+statuses[200]+statuses[409]+statuses[429] != all {
		t.Errorf("got %v", statuses)
	}
	if r.world.Starts() != 1 {
		t.Errorf("%d payments began", r.world.Starts())
	}
	eventually(t, "the till is served again", func() bool {
		a, err := c.try("GET", "/v1/payments?idempotency_key=k", "")
		return err == nil && a.status == 200
	})
}
