package main

import (
	"context"
	"net/netip"

	"github.com/strongroom-pos/strongroom/internal/logs"
	"github.com/strongroom-pos/strongroom/terminal/internal/httpapi"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/internal/lane"
	"github.com/strongroom-pos/strongroom/terminal/internal/metrics"
	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// watcher is who is told what happens, for those who look after the terminal.
type watcher struct {
	log     *logs.Log
	counts  *metrics.Terminal
	spans   tracer
	address string // of the metrics; empty without
}

func watch(log *logs.Log) (*watcher, error) {
	spans, err := newTracer()
	return &watcher{log: log, counts: metrics.New(), spans: spans}, err
}

func (w *watcher) payment(p sale.Payment) { w.counts.Payment(p); w.spans.payment(p) }

func (w *watcher) request(a httpapi.Answered) {
	w.counts.Request(a.Method, a.Route, a.Status)
	w.spans.request(a)
}

// end sends what is left to be sent.
func (w *watcher) end() {
	ctx, stop := context.WithTimeout(context.Background(), goodbye)
	defer stop()
	if err := w.spans.close(ctx); err != nil {
		w.log.Warn("spans were lost", "error", err)
	}
}

// serve opens the metrics' listener, if there is to be one, until ctx ends.
func (w *watcher) serve(ctx context.Context, at netip.AddrPort, j *journal.Journal, l *lane.Lane, d *pairing.Desk) error {
	if !at.IsValid() {
		return nil
	}
	listener, err := w.counts.Listen(ctx, at, metrics.Source{
		Describe: l.Describe, Waiting: waiting(l), Broken: j.Broken, Scrubbed: w.log.Scrubbed, Unpaired: d.Failures, Version: version(),
	})
	if err != nil {
		return err
	}
	w.address = "http://" + listener.Addr().String() + "/metrics"
	w.log.Info("metrics", "address", listener.Addr().String())
	go listener.Serve(ctx, w.log.Logger) // ends with ctx
	return nil
}

// waiting is what the open batch waits for.
func waiting(l *lane.Lane) func() (uint32, error) {
	return func() (uint32, error) {
		b, err := l.Batch(0)
		return b.View.Pending, err
	}
}
