package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/bustest"
	group "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// ceiling is what the bus carries to one group whose members take no time, by the
// number of questions in a message.
func ceiling(ctx context.Context, _ crew, p plan) (rows []row, err error) {
	var one float64
	for _, n := range []int{1, 64, 256} {
		rate, err := carry(ctx, n, p.window/4)
		if err != nil {
			return nil, err
		}
		if n == 1 {
			one = rate
		}
		rows = append(rows, row{Name: fmt.Sprintf("bus alone, %d questions a message", n), Value: rate, Unit: "questions/s", Baseline: one, Ratio: rate / one})
	}
	return rows, nil
}

// idle is a crew whose members take no time.
type idle struct{ doubles }

func (idle) overseer(branch string, i, _ int) (bus.Overseer, func(context.Context) error, error) {
	return &bustest.Group{Branch: branch, Name: groupName(i), Epoch: 1}, nil, nil
}

// carry has eight callers send messages of so many questions.
func carry(ctx context.Context, questions int, window time.Duration) (rate float64, err error) {
	s, err := alone(ctx, "north", nil)
	if err != nil {
		return 0, err
	}
	defer s.close()
	if _, err := s.serve(ctx, idle{}, 0, 1); err != nil {
		return 0, err
	}
	_, d, _, err := s.client(idle{}, clientName(0), bus.Branch{Name: s.branch})
	if err != nil {
		return 0, err
	}
	if err := eventually(func() bool { return len(d.Carriers()) == 1 }); err != nil {
		return 0, err
	}
	var answered atomic.Uint64
	var callers sync.WaitGroup
	ctx, cancel := context.WithTimeout(ctx, window)
	defer cancel()
	for i := range 8 {
		callers.Go(func() { answered.Add(stream(ctx, d.Carriers()[0], group.SessionID{byte(i)}, questions)) })
	}
	began := time.Now()
	callers.Wait()
	return float64(answered.Load()) / time.Since(began).Seconds(), nil
}

// stream sends one message after the other until ctx ends, and counts answers.
func stream(ctx context.Context, c *bus.Carrier, session group.SessionID, questions int) (answered uint64) {
	if c.Open(ctx, group.Open{Epoch: 1, Session: session}) != nil {
		return 0
	}
	batch := make([]group.Question, questions)
	for counter := uint64(0); ; {
		for i := range batch {
			counter++
			batch[i] = group.Question{Epoch: 1, Session: session, Counter: counter, Sealed: make([]byte, 84)}
		}
		releases, err := c.Ask(ctx, batch)
		if err != nil {
			return answered
		}
		answered += uint64(len(releases))
	}
}
