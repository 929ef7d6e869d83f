package main

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/central"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/server"
)

// wire carries connections to another address until it is cut, and again when it is
// mended.
type wire struct {
	address, target string

	mu       sync.Mutex
	listener net.Listener // guarded by mu
	conns    []net.Conn   // guarded by mu
}

func (w *wire) mend() error {
	l, err := net.Listen("tcp", w.address)
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.listener = l
	w.mu.Unlock()
	go w.accept(l) // ends with l
	return nil
}

func (w *wire) accept(l net.Listener) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", w.target)
		if err != nil {
			_ = near.Close()
			continue
		}
		w.mu.Lock()
		w.conns = append(w.conns, near, far)
		w.mu.Unlock()
		go func() { _, _ = io.Copy(near, far); _ = near.Close() }() // until cut
		go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
	}
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.listener.Close()
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}

// cutOff is what happened while a branch had no link to the centre.
type cutOff struct {
	local, localLost uint64        // questions within the branch, all the time
	refusedAt        time.Duration // after the cut: when the centre got no answer from the branch
	rejoined         time.Duration // after the mending: when it got one again
	before, during   central.Report
}

// cut has a branch serve its own clients and one at the centre, cuts the link and mends
// it.
func cut(ctx context.Context, crew crew, scale int, window time.Duration) (c cutOff, err error) {
	leaves, err := freeAddress()
	if err != nil {
		return c, err
	}
	link, err := freeAddress()
	if err != nil {
		return c, err
	}
	w := &wire{address: link, target: leaves}
	if err := w.mend(); err != nil {
		return c, err
	}
	defer w.cut()
	centre, err := alone(ctx, "centre", func(c *server.Config) { c.Domain, c.Leaves = "centre", leaves })
	if err != nil {
		return c, err
	}
	defer centre.close()
	north, err := alone(ctx, "north", func(c *server.Config) {
		c.Domain, c.Centre = "north", &server.Centre{Addresses: []string{link}, Branch: "north", Token: token}
	})
	if err != nil {
		return c, err
	}
	defer north.close()
	if _, err := north.serve(ctx, crew, 0, scale); err != nil {
		return c, err
	}
	near, _, _, err := north.client(crew, clientName(0), bus.Branch{Name: north.branch})
	if err != nil {
		return c, err
	}
	far, _, _, err := centre.client(crew, clientName(1), bus.Branch{Name: north.branch, Domain: north.branch})
	if err != nil {
		return c, err
	}
	if err := eventually(func() bool { return asks(ctx, far) }); err != nil {
		return c, err
	}
	watch, err := centre.report(north.branch)
	if err != nil {
		return c, err
	}
	if err := eventually(func() bool { c.before = watch(ctx); return len(c.before.Groups) == 1 }); err != nil {
		return c, err
	}
	l := begin(ctx, callersPerGroup, near)
	_ = l.rate(window)
	w.cut()
	began := time.Now()
	if err := eventually(func() bool { return !asks(ctx, far) }); err != nil {
		return c, err
	}
	c.refusedAt = time.Since(began)
	c.during = watch(ctx)
	_ = l.rate(window)
	if err := w.mend(); err != nil {
		return c, err
	}
	began = time.Now()
	if err := eventually(func() bool { return asks(ctx, far) }); err != nil {
		return c, err
	}
	c.rejoined = time.Since(began)
	l.end()
	c.local, c.localLost = l.total(), l.lost.Load()
	return c, nil
}

// report looks at a branch from the centre.
func (s *site) report(branch string) (func(context.Context) central.Report, error) {
	conn, err := s.connect(keeperRole())
	if err != nil {
		return nil, err
	}
	c := central.New(central.Config{
		Conn: conn, Branches: []bus.Branch{{Name: branch, Domain: branch}},
		Links: func() (list []central.Traffic) {
			for _, l := range s.server.Links() {
				list = append(list, central.Traffic(l))
			}
			return list
		},
	})
	s.askers = append(s.askers, conn.Close, c.Close)
	return c.Report, nil
}

// asks tells whether a question is answered soon.
func asks(ctx context.Context, c asker) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return c.Ask(ctx) == nil
}
