package main

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
)

// left is what happened when one of three groups went under load.
type left struct {
	answered, retries, repeated, lost uint64
	took                              time.Duration
	after                             uint64 // questions that the group got after it had left
}

// remove takes a group off under load.
func remove(ctx context.Context, crew crew, scale int, window time.Duration) (r left, err error) {
	s, err := alone(ctx, "north", nil)
	if err != nil {
		return r, err
	}
	defer s.close()
	first, err := s.serve(ctx, crew, 0, scale)
	if err != nil {
		return r, err
	}
	for i := 1; i < 3; i++ {
		if _, err := s.serve(ctx, crew, i, scale); err != nil {
			return r, err
		}
	}
	c, d, _, err := s.client(crew, clientName(0), bus.Branch{Name: s.branch})
	if err != nil {
		return r, err
	}
	if err := eventually(func() bool { return len(d.Carriers()) == 3 }); err != nil {
		return r, err
	}
	l := begin(ctx, 3*callersPerGroup, c)
	_ = l.rate(window)
	began := time.Now()
	err = first.leave()
	r.took = time.Since(began)
	at := first.questions(ctx)
	_ = l.rate(window)
	l.end()
	r.answered, r.retries, r.repeated, r.lost = l.total(), l.retries(), l.repeated(), l.lost.Load()
	r.after = first.questions(ctx) - at
	return r, err
}
