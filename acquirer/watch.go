package main

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/internal/gateway"
	"github.com/strongroom-pos/strongroom/acquirer/internal/metrics"
	"github.com/strongroom-pos/strongroom/internal/logs"
)

// watcher is who is told what happens, for those who look after the acquirer.
type watcher struct {
	log   *logs.Log
	spans tracer
}

// goodbye is what a collector of spans has for the last ones.
const goodbye = 5 * time.Second

func watching(log *logs.Log) (*watcher, error) {
	spans, err := newTracer()
	return &watcher{log, spans}, err
}

// end sends what is left to be sent.
func (w *watcher) end() {
	ctx, stop := context.WithTimeout(context.Background(), goodbye)
	defer stop()
	if err := w.spans.close(ctx); err != nil {
		w.log.Warn("spans were lost", "error", err)
	}
}

// serve opens the metrics' listener, if there is to be one, and then the doors.
func (w *watcher) serve(ctx context.Context, g *gateway.Gateway, o options) error {
	g.Observe(w.spans.handled)
	if o.metrics == "" {
		return serve(ctx, g, o, "")
	}
	m := metrics.New(metrics.Source{Health: g.Health, Scrubbed: w.log.Scrubbed})
	g.Observe(func(mti string, taken bool, took time.Duration) {
		m.Handled(mti, taken, took)
		w.spans.handled(mti, taken, took)
	})
	l, err := m.Listen(ctx, o.metrics)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w.log.Info("metrics", "address", l.Addr().String())
	go l.Serve(ctx, w.log.Logger) // ends with ctx
	return serve(ctx, g, o, "http://"+l.Addr().String()+"/metrics")
}
