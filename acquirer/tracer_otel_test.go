//go:build otel

package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestSpansOfMessagesArriveByTypesOfOurs(t *testing.T) {
	all := make(chan string, 1)
	c := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		all <- string(b)
	}))
	defer c.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	spans, err := newTracer()
	if err != nil {
		t.Fatal(err)
	}
	spans.handled("0200", true, time.Millisecond)
	spans.handled("4761", false, time.Millisecond) // a type that a terminal made up
	if err := spans.close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if sent := <-all; !strings.Contains(sent, "message 0200") || !strings.Contains(sent, "message other") || strings.Contains(sent, "4761\"") {
		t.Error(sent)
	}
}
