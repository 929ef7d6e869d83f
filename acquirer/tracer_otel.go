//go:build otel

package main

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/internal/metrics"
	"github.com/strongroom-pos/strongroom/internal/traces"
)

// newTracer sends spans to OTEL_EXPORTER_OTLP_ENDPOINT, where that is set.
func newTracer() (tracer, error) {
	t, err := traces.FromEnvironment("acquirer", "")
	if t == nil || err != nil {
		return untraced{}, err
	}
	return traced{t}, nil
}

// traced makes a span of every message, in a trace of its own: the protocol has no room
// for a terminal's.
type traced struct{ *traces.Tracer }

func (t traced) close(ctx context.Context) error { return t.Close(ctx) }

func (t traced) handled(mti string, taken bool, took time.Duration) {
	now := time.Now()
	s := traces.Span{Name: "message " + metrics.Known(mti), Server: true, Began: now.Add(-took), Ended: now, Failed: !taken,
		Words: map[string]string{"message.type": metrics.Known(mti)}}
	t.Tell(s)
}
