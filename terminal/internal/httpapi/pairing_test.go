package httpapi_test

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestATillIsPairedPaysAndIsSeen(t *testing.T) {
	r := newRig(t, fast)
	c := r.paired("Till 2", `"pay"`)
	a := c.call("POST", "/v1/payments", question, "Idempotency-Key", "k")
	r.expect(a, 202, "")
	r.settled(a.payment(t).ID)
	if got := r.current(); got.Status != "completed" || got.ClientID != c.id || got.Code != "" || got.URI != "" {
		t.Errorf("the page shows %+v", got)
	}
	list := string(r.call("GET", "/v1/pairing/clients", "").body)
	if !strings.Contains(list, c.id) || strings.Contains(list, c.token) || strings.Contains(list, `"last_seen_at":null`) {
		t.Errorf("got %s", list)
	}
	if strings.Contains(r.log.String(), strings.SplitN(c.token, ".", 2)[1]) {
		t.Error("the token is in the log")
	}
}

// With the code, over a connection whose key the till knew.
func TestATillIsPairedByTheCode(t *testing.T) {
	r := newRig(t, fast)
	c := r.till()
	id := c.ask("Till", `"pay","refund"`).pairing(t).ID
	path := "/v1/pairing/requests/" + id
	r.expect(c.call("POST", path+"/complete", `{"code":"00000000"}`), 409, "pairing_waiting")
	if got := r.current(); got.Status != "waiting" || got.Code != "" || got.From != "127.0.0.1" || got.TriesLeft != 5 {
		t.Errorf("before it is confirmed the page shows %+v", got)
	}
	r.expect(r.call("GET", path+"/qr", ""), 404, "not_found")
	r.expect(r.call("POST", path+"/confirm", `{"scopes":["pay","admin"]}`), 400, "malformed") // more than was asked for
	r.expect(r.call("POST", path+"/confirm", `{"scopes":["pay"]}`), 200, "")
	if svg := r.call("GET", path+"/qr", ""); !strings.HasPrefix(string(svg.body), "<svg ") {
		t.Errorf("got %s", svg.body)
	}
	if text := r.call("GET", path+"/qr?format=text", ""); !strings.Contains(string(text.body), "█") {
		t.Errorf("got %s", text.body)
	}
	a := c.call("POST", path+"/complete", `{"code":"`+r.current().Code+`"}`)
	r.expect(a, 201, "")
	if got := a.pairing(t).Scopes; len(got) != 1 || got[0] != "pay" {
		t.Errorf("granted %v", got)
	}
	r.expect(c.call("POST", path+"/complete", `{"code":"00000000"}`), 409, "pairing_over")
	if got := c.call("GET", path, "").pairing(t).Status; got != "completed" {
		t.Errorf("the till is told %s", got)
	}
}

// Asked for at the terminal, a request is confirmed by that, and comes before one that
// a stranger keeps waiting.
func TestTheMerchantPairsFromThePage(t *testing.T) {
	r := newRig(t, fast)
	r.till().ask("Stranger", `"admin"`)
	cookie := r.cookie()
	a := r.raw("POST", "/v1/pairing/requests", `{"name":"Till","scopes":["pay"]}`, "Cookie", cookie, "Origin", r.base, "Sec-Fetch-Site", "same-origin")
	r.expect(a, 201, "")
	if got := r.current(); got.Name != "Till" || got.Status != "confirmed" {
		t.Fatalf("got %+v", got)
	}
	r.expect(r.call("POST", "/v1/pairing/requests", `{"name":"Other","scopes":["pay"]}`), 409, "pairing_busy")
	r.expect(r.call("POST", "/v1/pairing/requests/"+a.pairing(t).ID+"/reject", ""), 200, "")
	r.expect(r.call("POST", "/v1/pairing/requests/"+a.pairing(t).ID+"/confirm", ""), 409, "pairing_over")
}

func TestARequestThatNobodyMindsExpires(t *testing.T) {
	r := newRig(t, fast)
	c := r.till()
	id := c.ask("Till", `"pay"`).pairing(t).ID
	r.expect(r.call("POST", "/v1/pairing/requests/"+id+"/confirm", ""), 200, "")
	code := r.current().Code
	r.tills.clock.pass(120 * time.Second)
	r.expect(c.call("POST", "/v1/pairing/requests/"+id+"/complete", `{"code":"`+code+`"}`), 409, "pairing_over")
	if got := r.current(); got.Status != "expired" || got.Code != "" {
		t.Errorf("got %+v", got)
	}
}

func TestPairingTakesOnlyWellFormedRequests(t *testing.T) {
	r := newRig(t, fast)
	for _, body := range []string{``, `{}`, `[]`, `{"name":"Till"}`, `{"name":"Till","scopes":[]}`, `{"name":"Till","scopes":"pay"}`,
		`{"name":"Till","scopes":["pay","pay"]}`, `{"name":"Till","scopes":["root"]}`, `{"name":"Till","name":"x","scopes":["pay"]}`,
		`{"name":"Till","scopes":["pay"],"x":"y"}`, `{"Name":"Till","scopes":["pay"]}`, `{"name":"<b>","scopes":["pay"]}`,
		`{"name":"Till\u202e","scopes":["pay"]}`, `{"name":"4000000000000002","scopes":["pay"]}`, `{"name":"Till","scopes":["pay"]}x`} {
		r.expect(r.call("POST", "/v1/pairing/requests", body), 400, "malformed")
	}
	if r.current().ID != "" {
		t.Error("one was taken")
	}
	r.expect(r.call("POST", "/v1/pairing/requests", `{"name":"Till-2 (x)","scopes":["pay"]}`), 400, "malformed")
	r.expect(r.call("POST", "/v1/pairing/requests", `{"name":"Till-2","scopes":["pay"]}`), 201, "")
}

// A client's token is exchanged; until the new one is used, the old one holds.
func TestATokenIsRotatedWithoutLockingOutATillThatHeardNothing(t *testing.T) {
	r := newRig(t, fast)
	c := r.paired("Till", `"pay"`)
	c.call("POST", "/v1/pairing/clients/"+c.id+"/rotate", "") // the answer is lost
	old, next := *c, *c
	next.token = c.call("POST", "/v1/pairing/clients/"+c.id+"/rotate", "").pairing(t).Token
	r.expect(old.call("GET", "/v1/terminal", ""), 200, "")
	r.expect(next.call("GET", "/v1/terminal", ""), 200, "")
	r.expect(old.call("GET", "/v1/terminal", ""), 401, "unpaired")
	r.expect(r.call("POST", "/v1/pairing/clients/"+c.id+"/rotate", ""), 200, "") // by the merchant: at once
	r.expect(next.call("GET", "/v1/terminal", ""), 401, "unpaired")
}

// Pairings, the key that tills hold the terminal to, and what is known of the terminal
// all outlive it; so does the end of a pairing.
func TestPairingsOutliveARestart(t *testing.T) {
	r := newRig(t, fast)
	kept, ended := r.paired("Kept", `"pay"`), r.paired("Ended", `"pay"`)
	terminal := func(c *till) string {
		var v struct {
			ID string `json:"terminal_id"`
		}
		check(t, json.Unmarshal(c.call("GET", "/v1/terminal", "").body, &v))
		return v.ID
	}
	id, spki, ca := terminal(kept), r.tills.identity.SPKI(), string(r.tills.lan.Authority)
	r.expect(r.call("DELETE", "/v1/pairing/clients/"+ended.id, ""), 204, "")
	r.restart()
	if r.tills.identity.SPKI() != spki || string(r.tills.lan.Authority) != ca {
		t.Fatal("the terminal shows another key")
	}
	kept.base, ended.base = "https://"+r.tills.host, "https://"+r.tills.host
	again := r.paired("Kept", `"pay"`)
	if terminal(kept) != id || terminal(again) != id || id == "" {
		t.Error("the terminal has another name")
	}
	r.expect(ended.call("GET", "/v1/terminal", ""), 401, "revoked")
}

func TestTillsAreServedOverTLS13AndHTTP2Only(t *testing.T) {
	r := newRig(t, fast)
	res, err := r.till().client.Get("https://" + r.tills.host + "/health/live")
	check(t, err)
	res.Body.Close()
	if res.TLS.Version != tls.VersionTLS13 || res.ProtoMajor != 2 {
		t.Errorf("version %x, HTTP/%d", res.TLS.Version, res.ProtoMajor)
	}
	old := pinned(r.tills.identity.SPKI())
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	if c, err := tls.Dial("tcp", r.tills.host, old); err == nil {
		c.Close()
		t.Error("TLS 1.2 was taken")
	}
	// By the authority, with the name checked.
	usual := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool(t, r.raw("GET", "/ca.pem", "").body)}}}
	res, err = usual.Get("https://" + r.tills.host + "/health/live")
	check(t, err)
	res.Body.Close()
	// The page stays where its secrets are.
	for _, path := range []string{"/", "/app.js", r.secrets.OpenPath()} {
		r.expect(r.till().call("GET", path, ""), 404, "not_found")
	}
}
