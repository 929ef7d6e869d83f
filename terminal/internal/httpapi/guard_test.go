package httpapi_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// breakLink ends the terminal's side of the mailbox as a fault of the line
// would: the address is moved away and back, and the sessions are ended.
func (r *rig) breakLink() { r.t.Helper(); r.lane.TestOnlyBreak() }

// cutOff takes the mailbox's address away and waits until the lane has noticed.
func (r *rig) cutOff() {
	r.t.Helper()
	check(r.t, os.Rename(r.socket, r.socket+".away"))
	eventually(r.t, "the link goes down", func() bool { return !r.lane.Up() })
}

func (r *rig) loseJournal() {
	r.t.Helper()
	files, err := filepath.Glob(filepath.Join(r.dir, "journal.db*"))
	check(r.t, err)
	if len(files) == 0 {
		r.t.Fatal("there is no journal to lose")
	}
	for _, f := range files {
		check(r.t, os.Remove(f))
	}
}

// journaled puts a payment into the journal of a terminal that is not running.
func (r *rig) journaled(rec sale.Record) {
	r.t.Helper()
	j, err := journal.Open(filepath.Join(r.dir, "journal.db"))
	check(r.t, err)
	check(r.t, j.Insert(rec))
	check(r.t, j.Close())
}

// cookie opens the page as a browser does and returns its cookie.
func (r *rig) cookie() string {
	r.t.Helper()
	a := r.raw("GET", r.secrets.OpenPath(), "")
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/" {
		r.t.Fatalf("the link answers %d", a.status)
	}
	set := a.header.Get("Set-Cookie")
	for _, want := range []string{"__Host-", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Strict"} {
		if !strings.Contains(set, want) {
			r.t.Fatalf("the cookie is not %q", want)
		}
	}
	pair, _, _ := strings.Cut(set, ";")
	return pair
}

const question = `{"amount":700,"currency":"EUR"}`

// Each refusal has a twin with only the bad property put right, so that it is
// known to have had the right reason.
func TestWhoMayAsk(t *testing.T) {
	r := newRig(t, standin.Wait)
	r.pay("k0", "700") // a POST with a fresh key is busy, which is past every guard
	bearer := "Bearer " + r.secrets.Token()
	cookie := r.cookie()
	port := r.base[strings.LastIndex(r.base, ":"):]
	for _, c := range []struct {
		name   string
		header []string
		status int
		code   string
	}{
		{"twin: bearer", []string{"Authorization", bearer}, 409, "busy"},
		{"twin: cookie", []string{"Cookie", cookie}, 409, "busy"},
		{"twin: cookie from the page", []string{"Cookie", cookie, "Origin", r.base, "Sec-Fetch-Site", "same-origin"}, 409, "busy"},
		{"twin: localhost", []string{"Authorization", bearer, "Host", "localhost" + port}, 409, "busy"},
		{"no secret", nil, 401, "unpaired"},
		{"empty bearer", []string{"Authorization", "Bearer "}, 401, "unpaired"},
		{"wrong bearer", []string{"Authorization", bearer + "x"}, 401, "unpaired"},
		{"bearer of another scheme", []string{"Authorization", "Basic " + r.secrets.Token()}, 401, "unpaired"},
		{"wrong bearer beside the right cookie", []string{"Authorization", "Bearer x", "Cookie", cookie}, 401, "unpaired"},
		{"wrong cookie", []string{"Cookie", cookie + "x"}, 401, "unpaired"},
		{"page's key as bearer", []string{"Authorization", "Bearer " + strings.TrimPrefix(r.secrets.OpenPath(), "/open?key=")}, 401, "unpaired"},
		{"rebound name", []string{"Authorization", bearer, "Host", "evil.example" + port, "Sec-Fetch-Site", "same-origin"}, 403, "host_not_allowed"},
		{"name without port", []string{"Authorization", bearer, "Host", "127.0.0.1"}, 403, "host_not_allowed"},
		{"name with a suffix", []string{"Authorization", bearer, "Host", "localhost.evil.example" + port}, 403, "host_not_allowed"},
		{"cross-site fetch", []string{"Cookie", cookie, "Sec-Fetch-Site", "cross-site"}, 403, "cross_origin"},
		{"same-site other port", []string{"Cookie", cookie, "Origin", "http://127.0.0.1:1", "Sec-Fetch-Site", "same-site"}, 403, "cross_origin"},
		{"foreign origin", []string{"Authorization", bearer, "Origin", "https://evil.example"}, 403, "cross_origin"},
		{"null origin", []string{"Authorization", bearer, "Origin", "null"}, 403, "cross_origin"},
		{"origin of another scheme", []string{"Authorization", bearer, "Origin", "https" + strings.TrimPrefix(r.base, "http")}, 403, "cross_origin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := r.in(t).raw("POST", "/v1/payments", question, append(c.header, "Idempotency-Key", "k")...)
			r.in(t).expect(a, c.status, c.code)
		})
	}
	if r.world.Starts() != 1 {
		t.Errorf("%d payments began", r.world.Starts())
	}
}

func TestAForeignPageCannotReadEither(t *testing.T) {
	r := newRig(t, fast)
	r.expect(r.raw("GET", "/v1/terminal", "", "Cookie", r.cookie()), 200, "")
	r.expect(r.raw("GET", "/v1/terminal", "", "Cookie", r.cookie(), "Origin", "http://127.0.0.1:1"), 403, "cross_origin")
	for _, path := range []string{"/", "/health/live", "/openapi.json", "/version"} {
		r.expect(r.raw("GET", path, "", "Host", "evil.example"), 403, "host_not_allowed")
	}
}

func TestNothingAboutMoneyIsToldUnpaired(t *testing.T) {
	r := newRig(t, fast)
	id := r.settled(r.pay("k", "700").payment(t).ID).ID.String()
	for _, path := range []string{"/v1/payments", "/v1/payments?idempotency_key=k", "/v1/payments/" + id,
		"/v1/payments/" + id + "/receipt", "/v1/events", "/v1/terminal", "/v1/terminal/security", "/v1/terminal/attestation", "/v1/terminal/keys", "/v1/nothing"} {
		r.expect(r.raw("GET", path, ""), 401, "unpaired")
	}
	for _, path := range []string{"/health/live", "/health/ready", "/version", "/openapi.json"} {
		r.expect(r.raw("GET", path, ""), 200, "")
	}
	r.expect(r.raw("GET", "/open?key=guess", ""), 401, "unpaired")
	r.expect(r.raw("GET", "/open", ""), 401, "unpaired")
}

func TestOnlyWellFormedRequestsAreTaken(t *testing.T) {
	r := newRig(t, standin.Wait)
	r.pay("k0", "700")
	long := strings.Repeat("x", 255)
	for _, c := range []struct {
		name, body string
		header     []string
		status     int
		code       string
	}{
		{"twin", question, []string{"Idempotency-Key", long}, 409, "busy"},
		{"twin: charset", question, []string{"Idempotency-Key", "k", "Content-Type", "application/json; charset=utf-8"}, 409, "busy"},
		{"no key", question, nil, 400, "missing_idempotency_key"},
		{"key too long", question, []string{"Idempotency-Key", long + "x"}, 400, "missing_idempotency_key"},
		{"key that is a card number", question, []string{"Idempotency-Key", "4000-0000-0000-0002"}, 400, "missing_idempotency_key"},
		{"form", question, []string{"Idempotency-Key", "k", "Content-Type", "application/x-www-form-urlencoded"}, 415, "media_type"},
		{"text, which a foreign form can send", question, []string{"Idempotency-Key", "k", "Content-Type", "text/plain"}, 415, "media_type"},
		{"other charset", question, []string{"Idempotency-Key", "k", "Content-Type", "application/json; charset=utf-16"}, 415, "media_type"},
		{"too large", `{"amount":700,"currency":"EUR","reference":"` + strings.Repeat("x", 5000) + `"}`, []string{"Idempotency-Key", "k"}, 413, "too_large"},
		{"not JSON", `{"amount":700`, []string{"Idempotency-Key", "k"}, 400, "malformed"},
		{"float", `{"amount":7.5,"currency":"EUR"}`, []string{"Idempotency-Key", "k"}, 400, "malformed"},
		{"zero", `{"amount":0,"currency":"EUR"}`, []string{"Idempotency-Key", "k"}, 422, "amount_invalid"},
		{"negative", `{"amount":-700,"currency":"EUR"}`, []string{"Idempotency-Key", "k"}, 422, "amount_invalid"},
		{"unknown currency", `{"amount":700,"currency":"XXX"}`, []string{"Idempotency-Key", "k"}, 422, "currency_not_configured"},
		{"unknown field", `{"amount":700,"currency":"EUR","pan":"x"}`, []string{"Idempotency-Key", "k"}, 400, "malformed"},
		{"doubled field", `{"amount":700,"amount":1,"currency":"EUR"}`, []string{"Idempotency-Key", "k"}, 400, "malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r.in(t).expect(r.in(t).call("POST", "/v1/payments", c.body, c.header...), c.status, c.code)
		})
	}
	if r.world.Starts() != 1 {
		t.Errorf("%d payments began", r.world.Starts())
	}
}

func TestNoInputReachesAnAnswerOrTheLog(t *testing.T) {
	r := newRig(t, fast)
	const canary = "4000000000000002"
	for _, a := range []answer{
		r.call("POST", "/v1/payments", `{"amount":700,"currency":"EUR","reference":"`+canary+`"}`, "Idempotency-Key", "k"),
		r.call("POST", "/v1/payments", `{"amount":700,"currency":"EUR","`+canary+`":1}`, "Idempotency-Key", "k"),
		r.call("POST", "/v1/payments", canary, "Idempotency-Key", "k"),
		r.call("POST", "/v1/payments", question, "Idempotency-Key", canary),
		r.call("GET", "/v1/payments/"+canary, ""),
		r.call("GET", "/"+canary, ""),
		r.call("GET", "/v1/payments?idempotency_key="+canary, ""),
		r.call("GET", "/v1/events", "", "Last-Event-ID", "x"+canary),
		r.raw("GET", "/open?key="+canary, ""),
		r.raw("GET", "/", "", "Host", canary),
		r.call("M"+canary, "/v1/payments", ""),
	} {
		if a.status < 400 || strings.Contains(string(a.body), canary) {
			t.Errorf("%d %s", a.status, a.body)
		}
		for name, values := range a.header {
			if strings.Contains(strings.Join(values, " "), canary) {
				t.Errorf("the header %s quotes the input", name)
			}
		}
	}
	if strings.Contains(r.log.String(), canary) {
		t.Error("the log quotes the input")
	}
	if !strings.Contains(r.log.String(), `"route":"/v1/payments/{id}"`) {
		t.Error("the log was not written at all") // the control
	}
}

func TestEveryAnswerIsHardened(t *testing.T) {
	r := newRig(t, fast)
	for _, path := range []string{"/", "/app.js", "/v1/terminal", "/nothing", "/health/live"} {
		h := r.try1(path).header
		if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'self'") ||
			!strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" ||
			h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func (r *rig) try1(path string) answer {
	r.t.Helper()
	a, err := r.try("GET", path, "")
	check(r.t, err)
	return a
}

func TestTheSecurityReportSaysWhatIsInForce(t *testing.T) {
	r := newRig(t, fast)
	a := r.call("GET", "/v1/terminal/security", "")
	var got struct {
		MemoryProtection string `json:"memory_protection"`
		Notes            []string
		Transport        string
		TransportReason  string `json:"transport_reason"`
	}
	check(t, json.Unmarshal(a.body, &got))
	if got.Transport != "socket" || got.TransportReason != "not_offered" { // the stand-in shares no memory
		t.Errorf("got %+v", got)
	}
	if got.MemoryProtection != "memfd_secret" || strings.Contains(strings.Join(got.Notes, " "), "memory_readable") {
		t.Fatalf("got %+v", got)
	}
	r.weaken()
	check(t, json.Unmarshal(r.call("GET", "/v1/terminal/security", "").body, &got))
	if got.MemoryProtection != "locked_pages" || !strings.Contains(strings.Join(got.Notes, " "), "memory_readable_by_root") {
		t.Fatalf("got %+v", got)
	}
}
