package httpapi_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
	"github.com/strongroom-pos/strongroom/terminal/internal/tlsca"
)

// impostor answers under the terminal's name with a key of its own, as one does who
// spoofs mDNS or ARP, and counts what tills send to it.
func impostor(t *testing.T, identity *tlsca.Identity) (address string, heard *atomic.Int32) {
	t.Helper()
	heard = &atomic.Int32{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	server := &http.Server{TLSConfig: identity.Config(), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		heard.Add(1)
		w.WriteHeader(http.StatusOK)
	})}
	go func() { _ = server.ServeTLS(l, "", "") }() // ends by Close
	t.Cleanup(func() { server.Close() })
	return l.Addr().String(), heard
}

func TestA63ATillRefusesAnImpostorUnderTheTerminalsName(t *testing.T) {
	r := newRig(t, fast)
	_, path, shown := r.confirmed()
	link, err := pairing.ParseLink(shown.URI)
	check(t, err)
	names := tlsca.Names{Addresses: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}
	other, err := tlsca.Open(t.TempDir(), names, time.Now)
	check(t, err)
	address, heard := impostor(t, other)
	spoofed := func(c *tls.Config) *http.Client { // every name leads to the impostor
		return &http.Client{Transport: &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: true,
			Dial: func(string, string) (net.Conn, error) { return net.Dial("tcp", address) }}}
	}
	complete := func(c *http.Client) error {
		res, err := c.Post(link.URL+path+"/complete", "application/json", strings.NewReader(`{"secret":"`+link.Secret+`"}`))
		if err == nil {
			res.Body.Close()
		}
		return err
	}
	if err := complete(spoofed(pinned(link.SPKI))); !errors.Is(err, errPin) {
		t.Errorf("the till did not refuse the impostor's key: %v", err)
	}
	if heard.Load() != 0 {
		t.Error("the impostor has heard the secret")
	}
	// A till that verifies the chain by the authority it was given refuses it too.
	if err := complete(spoofed(&tls.Config{RootCAs: pool(t, r.tills.lan.Authority)})); err == nil || heard.Load() != 0 {
		t.Error("the authority let the impostor through")
	}
	// The hole: one that believes every certificate tells it everything.
	if err := complete(spoofed(&tls.Config{InsecureSkipVerify: true})); err != nil || heard.Load() != 1 {
		t.Errorf("hole: %v, heard %d times", err, heard.Load())
	}
	// The twin: the right key.
	if err := complete(r.till().client); err != nil || r.current().Status != "completed" {
		t.Errorf("twin: %v, %+v", err, r.current())
	}
}

// What a till on the network can send without being paired.
func TestA64NothingAboutMoneyIsDoneUnpaired(t *testing.T) {
	r := newRig(t, fast)
	id := r.settled(r.pay("k", "700").payment(t).ID).ID.String()
	commands := [][2]string{{"POST", "/v1/payments"}, {"POST", "/v1/refunds"}, {"POST", "/v1/balance-inquiries"},
		{"POST", "/v1/payments/" + id + "/void"}, {"POST", "/v1/payments/" + id + "/refunds"}, {"POST", "/v1/payments/" + id + "/capture"},
		{"POST", "/v1/payments/" + id + "/cancel"}, {"POST", "/v1/batches/current/close"}, {"GET", "/v1/payments/" + id},
		{"GET", "/v1/payments/" + id + "/receipt"}, {"GET", "/v1/payments"}, {"GET", "/v1/events"}, {"GET", "/v1/terminal"},
		{"PUT", "/v1/display"}, {"POST", "/v1/webhooks"}, {"GET", "/v1/pairing/clients"}, {"GET", "/v1/pairing/requests/current"}}
	for i, c := range commands {
		stranger := r.tillFrom("127.0.2." + string(rune('1'+i%9)))
		r.expect(stranger.call(c[0], c[1], question, "Idempotency-Key", "x"), 401, "unpaired")
	}
	if r.world.Starts() != 1 {
		t.Fatalf("%d payments began", r.world.Starts())
	}
	c := r.paired("Till", `"pay"`) // the twin
	r.expect(c.call("POST", "/v1/payments", question, "Idempotency-Key", "x"), 202, "")
}

// The protocols that have no authentication, as bytes: ZVT's authorisation (06 01), and
// this interface without TLS.
func TestA64BytesOfOtherProtocolsBeginNothing(t *testing.T) {
	r := newRig(t, fast)
	for name, sent := range map[string]string{
		"ZVT":        "\x06\x01\x07\x04\x00\x00\x00\x00\x07\x00",
		"plain HTTP": "POST /v1/payments HTTP/1.1\r\nHost: " + r.tills.host + "\r\nContent-Length: 0\r\n\r\n",
	} {
		c, err := net.Dial("tcp", r.tills.host)
		check(t, err)
		_, err = c.Write([]byte(sent))
		check(t, err)
		check(t, c.(*net.TCPConn).CloseWrite())
		check(t, c.SetReadDeadline(time.Now().Add(30*time.Second)))
		got, err := io.ReadAll(c)
		if err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(string(got), "HTTP/1.1 2") {
			t.Errorf("%s is answered %q", name, got)
		}
		c.Close()
	}
	if r.world.Starts() != 0 {
		t.Errorf("%d payments began", r.world.Starts())
	}
}

// A50 to A52 on the side of tills, each beside its twin.
func TestA51TheSideOfTillsAnswersOnlyToItsOwnNames(t *testing.T) {
	r := newRig(t, fast)
	c := r.paired("Till", `"pay"`)
	r.settled(c.call("POST", "/v1/payments", question, "Idempotency-Key", "k").payment(t).ID)
	for _, host := range []string{"evil.example", "localhost", "127.0.0.1", "127.0.0.1:443", strings.TrimPrefix(r.base, "http://"), r.tills.host + "."} {
		d := *c
		d.host = host
		r.expect(d.call("POST", "/v1/payments", question, "Idempotency-Key", "k", "Sec-Fetch-Site", "same-origin"), 403, "host_not_allowed")
	}
	for _, origin := range []string{"null", "http://" + r.tills.host, "https://" + r.tills.host + ".evil.example", r.base, "https://evil.example"} {
		a := c.call("POST", "/v1/payments", question, "Idempotency-Key", "k", "Origin", origin)
		r.expect(a, 403, "cross_origin")
		if a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s is invited", origin)
		}
	}
	r.expect(c.call("POST", "/v1/payments", question, "Idempotency-Key", "k", "Sec-Fetch-Site", "cross-site"), 403, "cross_origin")
	r.expect(c.call("POST", "/v1/payments", question, "Idempotency-Key", "k", "Content-Type", "text/plain"), 415, "media_type")
	r.expect(c.call("POST", "/v1/payments", question, "Idempotency-Key", "k"), 200, "") // the twin
}

// Over HTTP/2, where a request's line is made of headers.
func TestA57PathsAndMethodsOverHTTP2LeadNowhereElse(t *testing.T) {
	r := newRig(t, fast)
	c := r.paired("Till", `"pay"`)
	admin := "/v1/pairing/clients"
	for _, path := range []string{"/v1/payments/../pairing/clients", "/v1/payments/%2e%2e/pairing/clients", "/v1//pairing/clients",
		"/v1/pairing%2fclients", "/V1/pairing/clients", admin + "/", "/v1/payments/..%2fpairing%2fclients", admin + "%00"} {
		a, err := c.try("GET", path, "")
		check(t, err)
		if a.status < 300 {
			t.Errorf("%s is answered %d %s", path, a.status, a.body)
		}
	}
	for _, header := range []string{"X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"} {
		r.expect(c.call("GET", "/v1/pairing/clients/"+c.id, "", header, "DELETE"), 200, "")
	}
	for _, header := range []string{"X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix"} {
		r.expect(c.call("GET", admin, "", header, "/v1/terminal"), 403, "scope")
		r.expect(c.call("GET", "/v1/terminal", "", header, admin), 200, "")
	}
	r.expect(c.call("TRACE", "/v1/terminal", ""), 405, "method_not_allowed")
	r.expect(c.call("GET", "/v1/pairing/clients/"+c.id, ""), 200, "") // the twin: still paired
}
