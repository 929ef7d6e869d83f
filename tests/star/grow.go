package main

import (
	"context"
	"time"
)

// callersPerGroup keeps a group of cards busy while answers travel.
const callersPerGroup = 4

// grow is the rate over so many groups of cards.
func grow(ctx context.Context, groups, scale int, window time.Duration) (rate float64, err error) {
	s, err := alone(ctx, "north", nil)
	if err != nil {
		return 0, err
	}
	defer s.close()
	for i := range groups {
		if _, err := s.serve(ctx, cards("north", i, scale)); err != nil {
			return 0, err
		}
	}
	c, d, err := s.client(clientName(0))
	if err != nil {
		return 0, err
	}
	if err := eventually(func() bool { return len(d.Carriers()) == groups }); err != nil {
		return 0, err
	}
	l := begin(ctx, callersPerGroup*groups, c)
	time.Sleep(window / 8) // sessions are opened
	rate = l.rate(window)
	l.end()
	return rate, nil
}

// joined is what a group did that came under load.
type joined struct {
	firstQuestion time.Duration // after its MCU began to serve
	before, after float64       // rates
	lost          uint64
}

// join adds a second group under load.
func join(ctx context.Context, scale int, window time.Duration) (j joined, err error) {
	s, err := alone(ctx, "north", nil)
	if err != nil {
		return j, err
	}
	defer s.close()
	if _, err := s.serve(ctx, cards("north", 0, scale)); err != nil {
		return j, err
	}
	c, _, err := s.client(clientName(0))
	if err != nil {
		return j, err
	}
	l := begin(ctx, 2*callersPerGroup, c)
	defer func() { l.end(); j.lost = l.lost.Load() }()
	if err := eventually(func() bool { return l.answered.Load() > 0 }); err != nil {
		return j, err
	}
	j.before = l.rate(window)
	second, began := cards("north", 1, scale), time.Now()
	if _, err := s.serve(ctx, second); err != nil {
		return j, err
	}
	if err := eventually(func() bool { return second.Answered() > 0 }); err != nil {
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
func remove(ctx context.Context, scale int, window time.Duration) (r left, err error) {
	s, err := alone(ctx, "north", nil)
	if err != nil {
		return r, err
	}
	defer s.close()
	first := cards("north", 0, scale)
	leave, err := s.serve(ctx, first)
	if err != nil {
		return r, err
	}
	for i := 1; i < 3; i++ {
		if _, err := s.serve(ctx, cards("north", i, scale)); err != nil {
			return r, err
		}
	}
	c, d, err := s.client(clientName(0))
	if err != nil {
		return r, err
	}
	if err := eventually(func() bool { return len(d.Carriers()) == 3 }); err != nil {
		return r, err
	}
	l := begin(ctx, 3*callersPerGroup, c)
	_ = l.rate(window)
	began := time.Now()
	err = leave()
	r.took = time.Since(began)
	at := first.Answered()
	_ = l.rate(window)
	l.end()
	r.answered, r.retries, r.lost, r.after = l.answered.Load(), l.retries(), l.lost.Load(), first.Answered()-at
	return r, err
}
