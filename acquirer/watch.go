package main

import (
	"context"

	"github.com/strongroom-pos/strongroom/acquirer/internal/gateway"
	"github.com/strongroom-pos/strongroom/acquirer/internal/metrics"
	"github.com/strongroom-pos/strongroom/internal/logs"
)

// watcher is who is told what happens, for those who look after the acquirer.
type watcher struct{ log *logs.Log }

func watching(log *logs.Log) *watcher { return &watcher{log} }

// serve opens the metrics' listener, if there is to be one, and then the doors.
func (w *watcher) serve(ctx context.Context, g *gateway.Gateway, o options) error {
	if o.metrics == "" {
		return serve(ctx, g, o, "")
	}
	m := metrics.New(metrics.Source{Health: g.Health, Scrubbed: w.log.Scrubbed})
	g.Observe(m.Handled)
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
