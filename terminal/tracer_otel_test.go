//go:build otel

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// TestSpansOfAPaymentArriveAndNameNoCard sends a whole sale's spans to a collector.
func TestSpansOfAPaymentArriveAndNameNoCard(t *testing.T) {
	var mu sync.Mutex
	var all strings.Builder
	c := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		all.Write(b)
	}))
	defer c.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	const trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	t.Run("a sale", func(t *testing.T) {
		s := start(t)
		s.ask("POST", "/v1/payments", `{"amount":1234,"currency":"EUR","reference":"TABLECANARY"}`, "Idempotency-Key", "KEYCANARY", "Traceparent", "00-"+trace+"-"+parent+"-01")
		s.until("it is approved", func() bool { return strings.Contains(s.page(), `strongroom_payments_total{outcome="approved"} 1`) })
	}) // the program has ended, and sent the rest
	for _, want := range []string{trace, parent, `"name":"payment"`, `"name":"authorizing"`, `"payment.outcome"`, `"POST /v1/payments"`, `"payment.id"`, `"strongroom-terminal"`} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("no %s in the spans", want)
		}
	}
	for _, canary := range []string{"TABLECANARY", "KEYCANARY", "tok_", "masked"} {
		if strings.Contains(all.String(), canary) {
			t.Errorf("the spans say %s", canary)
		}
	}
}
