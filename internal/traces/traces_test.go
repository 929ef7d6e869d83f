package traces

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// collector keeps what it is sent, in OTLP's own field names.
type collector struct {
	mu    sync.Mutex
	spans []map[string]any
	paths []string
}

func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var d struct {
		ResourceSpans []struct {
			Resource   struct{ Attributes []any }
			ScopeSpans []struct{ Spans []map[string]any }
		}
	}
	b, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(b, &d)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paths = append(c.paths, r.Method+" "+r.URL.Path+" "+r.Header.Get("Content-Type"))
	for _, rs := range d.ResourceSpans {
		for _, s := range rs.ScopeSpans {
			c.spans = append(c.spans, s.Spans...)
		}
	}
}

func TestASpanArrivesAsItWasTold(t *testing.T) {
	c := &collector{}
	server := httptest.NewServer(c)
	defer server.Close()
	tracer, err := New("terminal", "1", server.URL)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Unix(1796000000, 5)
	root := Span{Name: "payment", Trace: trace.TraceID{1}, ID: trace.SpanID{2}, Began: began, Ended: began.Add(time.Second), Words: map[string]string{"payment.outcome": "approved"}}
	tracer.Tell(root)
	tracer.Tell(Span{Name: "GET /", Server: true, Trace: root.Trace, Parent: root.ID, Began: began, Ended: began.Add(time.Millisecond), Failed: true})
	tracer.Tell(Span{Name: "alone", Began: began, Ended: began})
	if err := tracer.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(c.spans) != 3 || c.paths[0] != "POST /v1/traces application/json" {
		t.Fatalf("%v %v", c.paths, c.spans)
	}
	first, second, third := c.spans[0], c.spans[1], c.spans[2]
	if first["traceId"] != "01000000000000000000000000000000" || first["spanId"] != "0200000000000000" || first["parentSpanId"] != nil ||
		first["startTimeUnixNano"] != "1796000000000000005" || first["endTimeUnixNano"] != "1796000001000000005" {
		t.Errorf("%v", first)
	}
	if second["traceId"] != first["traceId"] || second["parentSpanId"] != first["spanId"] || second["kind"] != float64(2) || second["status"].(map[string]any)["code"] != float64(2) {
		t.Errorf("%v", second)
	}
	if third["traceId"] == first["traceId"] || len(third["traceId"].(string)) != 32 || len(third["spanId"].(string)) != 16 {
		t.Errorf("%v", third)
	}
}

func TestSpansGoToLoopbackOrOverTLSAlone(t *testing.T) {
	for endpoint, want := range map[string]error{
		"http://127.0.0.1:4318": nil, "http://localhost:4318": nil, "http://[::1]:4318": nil, "https://collector.example": nil,
		"http://collector.example": ErrEndpoint, "http://192.0.2.1": ErrEndpoint, "grpc://127.0.0.1": ErrEndpoint, "127.0.0.1:4318": ErrEndpoint,
		"https://user:secret@collector.example": ErrEndpoint, "http://localhost.example": ErrEndpoint, ":": ErrEndpoint,
	} {
		if _, err := New("x", "1", endpoint); !errors.Is(err, want) {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	tracer, err := FromEnvironment("x", "1")
	if tracer != nil || err != nil {
		t.Error("spans go somewhere although nothing was said")
	}
	tracer.Tell(Span{}) // is dropped
	if err := tracer.Close(context.Background()); err != nil {
		t.Error(err)
	}
}
