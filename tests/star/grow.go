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

// grow is the rate over so many groups of cards.
func grow(ctx context.Context, crew crew, groups, scale int, window time.Duration) (rate float64, err error) {
	s, err := alone(ctx, "north", nil)
	if err != nil {
		return 0, err
	}
	defer s.close()
	for i := range groups {
		if _, err := s.serve(ctx, crew, i, scale); err != nil {
			return 0, err
		}
	}
	c, d, _, err := s.client(crew, clientName(0), bus.Branch{Name: s.branch})
	if err != nil {
		return 0, err
	}
	return saturate(ctx, c, d, groups, window)
}

// saturate asks as much as so many groups can answer.
func saturate(ctx context.Context, c asker, d *bus.Directory, groups int, window time.Duration) (rate float64, err error) {
	if err := eventually(func() bool { return len(d.Carriers()) == groups }); err != nil {
		return 0, err
	}
	callers := callersPerGroup * groups
	l := begin(ctx, callers, c)
	err = eventually(func() bool { return l.answered.Load() >= uint64(4*callers) }) // all sessions are open
	rate = l.rate(window)
	l.end()
	if err != nil {
		return rate, err
	}
	if l.lost.Load() != 0 {
		return rate, errLost
	}
	return rate, nil
}

// joined is what a group did that came under load.
type joined struct {
	firstQuestion time.Duration // after its MCU began to serve
	before, after float64       // rates
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
	if err := eventually(func() bool { return l.answered.Load() > 0 }); err != nil {
		return j, err
	}
	j.before = l.rate(window)
	began := time.Now()
	second, err := s.serve(ctx, crew, 1, scale)
	if err != nil {
		return j, err
	}
	if err := eventually(func() bool { return second.questions(ctx) > 0 }); err != nil {
		return j, err
	}
	j.firstQuestion = time.Since(began)
	j.after = l.rate(window)
	return j, nil
}

// left is what happened when one of three groups went under load, and another came.
type left struct {
	answered, retries, lost uint64
	took                    time.Duration
	after                   uint64 // questions that the group got after it had left
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
	r.answered, r.retries, r.lost, r.after = l.answered.Load(), l.retries(), l.lost.Load(), first.questions(ctx)-at
	return r, err
}
