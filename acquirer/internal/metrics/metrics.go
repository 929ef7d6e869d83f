// Package metrics says in Prometheus' format what the acquirer counts, on a listener
// of its own, on loopback.
//
// It has a registry of its own, so that nothing is said but what is named here. Labels
// are message types, refusals and reasons: closed words. None comes from a message, so
// none from a card, a token or a terminal.
//
// Only the acquirer's main imports it. It must never hold account data.
package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/gateway"
)

const (
	// namespace is before every name.
	namespace = "strongroom_acquirer"
	// answerLimit is what one answer may take, the question to the elements included.
	answerLimit = 15 * time.Second
	headerLimit = 5 * time.Second
	maxHeader   = 8 << 10
)

// Acquirer is what is counted.
type Acquirer struct {
	registry *prometheus.Registry
	messages *prometheus.HistogramVec
}

// Source is asked when somebody asks for the metrics.
type Source struct {
	Health   func(context.Context) gateway.Health
	Scrubbed func() uint64
}

// New returns counts of 0.
func New(s Source) *Acquirer {
	a := &Acquirer{
		registry: prometheus.NewRegistry(),
		messages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "message_duration_seconds",
			Help:    "Time from a whole message until its answer was ready, deliberate delays left out, by message type and whether it was taken.",
			Buckets: []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10},
		}, []string{"mti", "result"}),
	}
	a.registry.MustRegister(a.messages, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector(), &health{s})
	return a
}

// Handled takes a message that the host has worked on.
func (a *Acquirer) Handled(mti string, taken bool, took time.Duration) {
	result := "refused"
	if taken {
		result = "taken"
	}
	a.messages.WithLabelValues(Known(mti), result).Observe(took.Seconds())
}

// Known is a type that the host answers, as it is: a terminal can write any other.
func Known(mti string) string {
	switch mti {
	case hostspec.MTIRequest, hostspec.MTIAuthorisation, hostspec.MTIAdvice, hostspec.MTIAdviceRepeat, hostspec.MTIReversal,
		hostspec.MTIReversalRepeat, hostspec.MTISettlement, hostspec.MTIItems, hostspec.MTINetwork:
		return mti
	}
	return "other"
}

// Listener is the metrics' own.
type Listener struct {
	net.Listener
	handler http.Handler
}

// Listen opens it. address is a loopback address with a port.
func (a *Acquirer) Listen(ctx context.Context, address string) (*Listener, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().IsLoopback() {
		return nil, errors.New("-metrics must be a loopback address with a port, as in 127.0.0.1:9421")
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", at.String())
	if err != nil {
		return nil, fmt.Errorf("listening for metrics: %w", err)
	}
	return &Listener{l, a.handler(l.Addr().String())}, nil
}

// handler answers GET /metrics under its own address alone: a web page that rebound its
// name to loopback gets nothing.
func (a *Acquirer) handler(host string) http.Handler {
	metrics := promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		if r.Host != host || r.Header.Get("Origin") != "" {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		metrics.ServeHTTP(w, r)
	})
	return mux
}

// Serve answers until ctx ends.
func (l *Listener) Serve(ctx context.Context, log *slog.Logger) {
	server := &http.Server{Handler: l.handler, ReadHeaderTimeout: headerLimit, ReadTimeout: headerLimit,
		WriteTimeout: answerLimit, IdleTimeout: answerLimit, MaxHeaderBytes: maxHeader}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(l.Listener); !errors.Is(err, http.ErrServerClosed) {
		log.Error("metrics ended", "error", err)
	}
}
