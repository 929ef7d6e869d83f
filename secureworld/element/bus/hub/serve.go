package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/central"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/server"
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
		l, err := listen(ctx, a.view)
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

// listen replaces a socket that an earlier run left behind. The mask makes it private
// from its first moment.
func listen(ctx context.Context, path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == os.ModeSocket { //nolint:gosec // named by the operator
		_ = os.Remove(path) //nolint:gosec // as above
	}
	old := unix.Umask(0o177)
	defer unix.Umask(old)
	var config net.ListenConfig
	l, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, errors.New("listening on the socket")
	}
	return l, nil
}
