package traces

import (
	"context"
	"crypto/rand"

	"go.opentelemetry.io/otel/trace"
)

type spanKey struct{}

// chosen gives a span the ids that it came with, and draws those that it lacks.
type chosen struct{}

// NewIDs is asked for a span that has no parent.
func (c chosen) NewIDs(ctx context.Context) (t trace.TraceID, _ trace.SpanID) {
	if s, _ := ctx.Value(spanKey{}).(Span); s.Trace.IsValid() {
		t = s.Trace
	} else {
		_, _ = rand.Read(t[:]) // never fails since Go 1.24
	}
	return t, c.NewSpanID(ctx, t)
}

// NewSpanID is asked for one that has.
func (chosen) NewSpanID(ctx context.Context, _ trace.TraceID) (id trace.SpanID) {
	if s, _ := ctx.Value(spanKey{}).(Span); s.ID.IsValid() {
		return s.ID
	}
	_, _ = rand.Read(id[:]) // never fails since Go 1.24
	return id
}
