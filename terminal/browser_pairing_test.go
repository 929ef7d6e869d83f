package main

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBrowserLetsATillIn asks as a till does, lets it in on the page, which shows code
// and QR there; then it is refused after all.
func TestBrowserLetsATillIn(t *testing.T) {
	t.Parallel() // each has a terminal and a browser of its own
	s := openShop(t, 390, 844, false)
	if s == nil {
		return
	}
	s.click(`.tabs [data-tab="settings"]`)
	s.waitFor("#pairing-now", "No till asks at the moment.")
	s.asks("Till by the door")
	s.waitFor("#pairing-now .ask b", "Till by the door")
	s.waitFor("#pairing-now .ask .hint", "This till asks to be let in.")
	s.waitFor("#pairing-now .ask p:not(.hint)", "Pay, Refund")
	s.accessible("pairing-asked")
	s.click("#pairing-now .main")
	s.waitFor("#pairing-now .ask .hint", "Type this code at the till, or scan the QR code with it.")
	s.becomes("the QR is drawn", `document.querySelector(".qr").complete && document.querySelector(".qr").naturalWidth > 20`)
	s.holds("the code has eight digits", `/^\d{4} \d{4}$/.test(document.querySelector("#pairing-now .code").textContent)`)
	s.accessible("pairing-code")
	s.click("#pairing-now .second")
	s.waitFor("#pairing-now .ask .hint", "Refused.")
	s.clean()
}

// asks asks over TLS, where tills are served; what they trust is tested elsewhere.
func (s *shop) asks(name string) {
	s.t.Helper()
	address, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](`fetch("/v1/pairing/requests/current").then((r) => r.json()).then((p) => p.url || "")`, chromedp.EvalAwaitPromise))
	if err != nil || address == "" {
		s.t.Fatalf("the terminal serves no tills: %v", err)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, strings.TrimSuffix(address, "/")+"/v1/pairing/requests",
		strings.NewReader(`{"name":"`+name+`","scopes":["pay","refund"]}`))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	till := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true}}} //nolint:gosec // a test's own terminal
	defer till.CloseIdleConnections()
	answer, err := till.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		s.t.Fatalf("asking to be paired: %s", answer.Status)
	}
}

// becomes waits until a condition holds.
func (s *shop) becomes(what, condition string) {
	s.t.Helper()
	s.do(what, chromedp.Poll[chromedp.Void](condition))
}
