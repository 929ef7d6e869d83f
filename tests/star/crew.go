package main

import (
	"context"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/bustest"
)

// crew makes groups and clients that understand each other.
type crew interface {
	// overseer is the MCU of the i-th group of a branch; run, where it is not nil, must
	// run as long as the group serves.
	overseer(branch string, i, scale int) (o bus.Overseer, run func(context.Context) error, err error)
	// client asks the groups of a directory; end ends it.
	client(name string, d *bus.Directory) (a asker, end func(), err error)
}

// asker is a client. Ask returns when there is an answer or ctx ends.
type asker interface {
	Ask(ctx context.Context) error
	Retries() uint64  // questions asked again
	Repeated() uint64 // questions asked again more than once
}

// doubles seal nothing.
type doubles struct{}

func (doubles) overseer(branch string, i, scale int) (bus.Overseer, func(context.Context) error, error) {
	return &bustest.Group{Branch: branch, Name: groupName(i), Epoch: 1, Delay: bustest.SmartCard(uint64(i), scale)}, nil, nil
}

func (doubles) client(_ string, d *bus.Directory) (asker, func(), error) {
	return &bustest.Client{Groups: d.Carriers}, func() {}, nil
}

// serving is a group on the bus.
type serving struct {
	overseer bus.Overseer
	leave    func() error // takes it off; called at the site's end unless it was before
}

// questions is how many the group was asked.
func (g *serving) questions(ctx context.Context) uint64 {
	p, err := g.overseer.View(ctx)
	if err != nil {
		return 0
	}
	return p.Questions
}

// serve puts the crew's i-th group on the bus. It leaves the bus before it ends, so
// that what it was asked is answered.
func (s *site) serve(ctx context.Context, c crew, i, scale int) (*serving, error) {
	o, run, err := c.overseer(s.branch, i, scale)
	if err != nil {
		return nil, err
	}
	conn, err := s.connect(mcuRole(s.branch, groupName(i)))
	if err != nil {
		return nil, err
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	if run != nil {
		running.Go(func() { _ = run(life) })
	}
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- bus.Serve(ctx, conn, s.branch, groupName(i), o) }()
	g := &serving{overseer: o, leave: sync.OnceValue(func() error {
		cancel()
		err := <-served
		end()
		running.Wait()
		conn.Close()
		return err
	})}
	s.groups = append(s.groups, g)
	return g, nil
}

// client follows the site's registry, or that of another branch, over a connection of
// its own.
func (s *site) client(c crew, name string, b bus.Branch) (asker, *bus.Directory, *bus.Conn, error) {
	conn, err := s.connect(clientRole(name))
	if err != nil {
		return nil, nil, nil, err
	}
	d := bus.NewDirectory(conn, b)
	s.askers = append(s.askers, conn.Close, d.Close)
	a, end, err := c.client(name, d)
	if err != nil {
		return nil, nil, nil, err
	}
	s.askers = append(s.askers, end)
	return a, d, conn, nil
}
