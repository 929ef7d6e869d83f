//go:build otel

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/strongroom-pos/strongroom/internal/traces"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/httpapi"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// newTracer sends spans to OTEL_EXPORTER_OTLP_ENDPOINT, where that is set.
func newTracer() (tracer, error) {
	t, err := traces.FromEnvironment("terminal", version())
	if t == nil || err != nil {
		return untraced{}, err
	}
	return &traced{out: t, open: map[payment.ID]seen{}}, nil
}

// traced makes a span of every request, and of every payment with one below it for each
// status that it went through. A payment's trace is its id: it begins with a request and
// goes on without it.
type traced struct {
	out  *traces.Tracer
	mu   sync.Mutex
	open map[payment.ID]seen
}

// seen is the status in which a payment was, and since when.
type seen struct {
	status string
	since  time.Time
}

func (t *traced) close(ctx context.Context) error { return t.out.Close(ctx) }

func (t *traced) request(a httpapi.Answered) {
	if !a.Trace.Sampled {
		return
	}
	s := traces.Span{Name: a.Method + " " + a.Route, Server: true, Began: a.Began, Ended: a.Began.Add(a.Took), Failed: a.Status >= 500,
		Words: map[string]string{"http.request.method": a.Method, "http.route": a.Route, "http.response.status_code": strconv.Itoa(a.Status)}}
	if a.Payment != "" {
		s.Words["payment.id"] = a.Payment
	}
	id, _ := hex.DecodeString(a.Trace.ID)
	parent, _ := hex.DecodeString(a.Trace.Parent) // both are hexadecimal
	copy(s.Trace[:], id)
	copy(s.Parent[:], parent)
	t.out.Tell(s)
}

func (t *traced) payment(p sale.Payment) {
	t.mu.Lock()
	before, known := t.open[p.ID]
	if !known {
		before = seen{payment.StatusCreated.String(), p.CreatedAt}
	}
	t.open[p.ID] = seen{p.Status, p.UpdatedAt}
	if p.Outcome != nil {
		delete(t.open, p.ID)
	}
	t.mu.Unlock()
	whole := traces.Span{Name: "payment", Trace: trace.TraceID(p.ID), ID: rootOf(p.ID), Began: p.CreatedAt, Ended: p.UpdatedAt,
		Words: map[string]string{"payment.id": p.ID.String(), "payment.type": p.Type}}
	if before.status != p.Status {
		t.out.Tell(traces.Span{Name: before.status, Trace: whole.Trace, Parent: whole.ID, Began: before.since, Ended: p.UpdatedAt})
	}
	if p.Outcome != nil {
		whole.Words["payment.outcome"], whole.Failed = *p.Outcome, *p.Outcome == payment.OutcomeFailed.String()
		t.out.Tell(whole)
	}
	if known || p.Outcome != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.open) > maxTraced {
		clear(t.open) // their spans begin anew
	}
}

// maxTraced is far above the payments that one checkout has open.
const maxTraced = 1024

// rootOf is the same for every span of a payment, also after a restart.
func rootOf(id payment.ID) (s trace.SpanID) {
	sum := sha256.Sum256(id[:])
	copy(s[:], sum[:])
	return s
}
