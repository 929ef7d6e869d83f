// Package traces makes OpenTelemetry's spans of what a program did and sends them to a
// collector, as OTLP over HTTP in JSON.
//
// No program links it unless it was built with the tag otel; the closures of both builds
// are committed. It carries no span across the mailbox or the host's protocol, which
// have no room for one: a payment's spans are the terminal's own, and so are the
// acquirer's of its messages.
//
// Values are closed words of the product, routes and ids of payments. It must never hold
// account data or a token.
package traces

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Span is one thing that was done. It is told when it is over.
type Span struct {
	Name       string
	Server     bool          // somebody asked for it
	Trace      trace.TraceID // zero: one of its own
	ID, Parent trace.SpanID  // zero: drawn, and none
	Began      time.Time
	Ended      time.Time
	Words      map[string]string
	Failed     bool
}

// Tracer sends spans. A nil one drops them.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// ErrEndpoint reports an endpoint that spans must not go to.
var ErrEndpoint = errors.New("OTEL_EXPORTER_OTLP_ENDPOINT is https://host:port, or http:// on loopback")

// FromEnvironment returns a tracer to OTEL_EXPORTER_OTLP_ENDPOINT, or nil where that is
// not set.
func FromEnvironment(program, version string) (*Tracer, error) {
	endpoint := os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")
	if endpoint == "" {
		return nil, nil
	}
	return New(program, version, endpoint)
}

// New returns a tracer to a collector.
func New(program, version, endpoint string) (*Tracer, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, ErrEndpoint
	}
	about := resource.NewSchemaless(attribute.String("service.name", "strongroom-"+program), attribute.String("service.version", version))
	p := sdk.NewTracerProvider(sdk.WithResource(about), sdk.WithSampler(sdk.AlwaysSample()), sdk.WithIDGenerator(chosen{}),
		sdk.WithBatcher(newExporter(u.JoinPath("v1", "traces").String())))
	return &Tracer{p, p.Tracer("github.com/strongroom-pos/strongroom")}, nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback() || host == "localhost"
}

// Tell sends a span, soon. It does not wait.
func (t *Tracer) Tell(s Span) {
	if t == nil {
		return
	}
	ctx := context.WithValue(context.Background(), spanKey{}, s)
	if s.Parent.IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: s.Trace, SpanID: s.Parent, TraceFlags: trace.FlagsSampled, Remote: true}))
	}
	kind := trace.SpanKindInternal
	if s.Server {
		kind = trace.SpanKindServer
	}
	_, span := t.tracer.Start(ctx, s.Name, trace.WithTimestamp(s.Began), trace.WithSpanKind(kind))
	for k, v := range s.Words {
		span.SetAttributes(attribute.String(k, v))
	}
	if s.Failed {
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(s.Ended))
}

// Close sends what is left.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}
