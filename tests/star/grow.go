package main

import (
	"context"
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
)

var errLost = errors.New("a question was lost")

// callersPerGroup keeps a group of cards busy while answers travel.
const callersPerGroup = 4

// grown is what so many groups of cards did.
type grown struct {
	rate    float64
	samples uint64   // answers that the rate is of
	each    []uint64 // questions that each group had, from the beginning
	cores   float64  // that this process kept busy
	late    float64  // share by which cards took longer than they should
}

// grow asks as much as so many groups can answer.
func grow(ctx context.Context, crew crew, groups, scale int, window time.Duration) (g grown, err error) {
	s, err := alone(ctx, "north", nil)
	if err != nil {
		return g, err
	}
	defer s.close()
	list := make([]*serving, groups)
	for i := range list {
		if list[i], err = s.serve(ctx, crew, i, scale); err != nil {
			return g, err
		}
	}
	c, d, _, err := s.client(crew, clientName(0), bus.Branch{Name: s.branch})
	if err != nil {
		return g, err
	}
	if err := eventually(func() bool { return len(d.Carriers()) == groups }); err != nil {
		return g, err
	}
	l := begin(ctx, callersPerGroup*groups, c)
	err = eventually(func() bool { return l.total() >= uint64(4*callersPerGroup*groups) }) // all sessions are open
	if err == nil {
		used := use(latenessOf(crew))
		g.rate, g.samples = l.pace(window)
		g.cores, g.late = used.end()
	}
	l.end()
	if l.lost.Load() != 0 {
		err = errors.Join(err, errLost)
	}
	for _, s := range list {
		g.each = append(g.each, s.questions(ctx))
	}
	return g, err
}

// latenessOf is that of a crew's cards; nil: not known.
func latenessOf(c crew) *lateness {
	if e, ok := c.(*estate); ok {
		return &e.late
	}
	return nil
}
