package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/central"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/server"
	"github.com/strongroom-pos/strongroom/secureworld/element/listener"
)

// serve makes the registry and keeps it clean, and looks at the branches where it was
// told to.
func (a *arguments) serve(ctx context.Context, s *server.Server, own self, stderr io.Writer) error {
	conn, err := bus.Connect(bus.Config{Server: s, Role: own.role, Token: own.token})
	if err != nil {
		return err
	}
	defer conn.Close()
	if !a.keep(ctx, conn) {
		return nil
	}
	fmt.Fprintln(stderr, "hub: ready at", s.URL())
	parts := []func(context.Context) error{func(ctx context.Context) error { return bus.Sweep(ctx, conn) }}
	if a.view != "" {
		l, err := listener.Private(ctx, a.view)
		if err != nil {
			return err
		}
		c := central.New(central.Config{Conn: conn, Branches: a.watched(), Links: links(s)})
		defer c.Close()
		parts = append(parts, c.ServeBus, func(ctx context.Context) error { return c.Serve(ctx, l) })
	}
	return together(ctx, parts)
}

// together runs all until ctx ends or one fails, and waits for them.
func together(ctx context.Context, parts []func(context.Context) error) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() { err := part(ctx); cancel(); ended <- err }()
	}
	for range parts {
		err = errors.Join(err, <-ended)
	}
	return err
}

// keep makes the registry; a cluster that begins may have no leader yet. False: ctx
// ended before.
func (a *arguments) keep(ctx context.Context, conn *bus.Conn) bool {
	for ctx.Err() == nil {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		_, err := registry.Create(attempt, conn.NATS(), a.replicas)
		cancel()
		if err == nil {
			return true
		}
		select {
		case <-time.After(250 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return false
}

// watched is this server's own registry and those of the branches, whose domains have
// their names.
func (a *arguments) watched() []bus.Branch {
	all := []bus.Branch{{Name: a.name}}
	for _, name := range list(a.branches) {
		all = append(all, bus.Branch{Name: name, Domain: name})
	}
	return all
}

func links(s *server.Server) func() []central.Traffic {
	return func() (list []central.Traffic) {
		for _, l := range s.Links() {
			list = append(list, central.Traffic(l))
		}
		return list
	}
}
