package main

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
)

// joined is what a group did that came under load.
type joined struct {
	firstQuestion time.Duration // after its MCU began to serve
	before        float64       // rate with one group
	first, second float64       // rates in the first and in the second second after
	after         float64       // rate from then on
	lost          uint64
}

// join adds a second group under load.
func join(ctx context.Context, crew crew, scale int, window time.Duration) (j joined, err error) {
	s, err := alone(ctx, "north", nil)
	if err != nil {
		return j, err
	}
	defer s.close()
	if _, err := s.serve(ctx, crew, 0, scale); err != nil {
		return j, err
	}
	c, _, _, err := s.client(crew, clientName(0), bus.Branch{Name: s.branch})
	if err != nil {
		return j, err
	}
	l := begin(ctx, 2*callersPerGroup, c)
	defer func() { l.end(); j.lost = l.lost.Load() }()
	if err := eventually(func() bool { return l.total() > 2*callersPerGroup }); err != nil {
		return j, err
	}
	j.before, _ = l.pace(window)
	began := time.Now()
	second, err := s.serve(ctx, crew, 1, scale)
	if err != nil {
		return j, err
	}
	asked := make(chan error, 1)
	go func() {
		err := eventually(func() bool { return second.questions(ctx) > 0 })
		j.firstQuestion = time.Since(began)
		asked <- err
	}()
	j.first = l.rate(time.Second - time.Since(began))
	j.second = l.rate(time.Second)
	j.after, _ = l.pace(window)
	err = <-asked
	return j, err
}
