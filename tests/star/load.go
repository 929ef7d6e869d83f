package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// load is callers that ask one question after the other. Each must be answered in the
// end: lost counts those that were not.
type load struct {
	clients  []asker
	answered atomic.Uint64
	lost     atomic.Uint64
	longest  atomic.Int64 // nanoseconds that one question took

	stop    chan struct{}
	callers sync.WaitGroup
}

// begin has so many callers ask through each client.
func begin(ctx context.Context, callers int, clients ...asker) *load {
	l := &load{clients: clients, stop: make(chan struct{})}
	for _, c := range clients {
		for range callers {
			l.callers.Go(func() { l.ask(ctx, c) })
		}
	}
	return l
}

func (l *load) ask(ctx context.Context, c asker) {
	for {
		select {
		case <-l.stop:
			return
		default:
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		began := time.Now()
		if c.Ask(ctx) == nil {
			l.answered.Add(1)
		} else {
			l.lost.Add(1)
		}
		cancel()
		took := time.Since(began).Nanoseconds()
		for old := l.longest.Load(); took > old && !l.longest.CompareAndSwap(old, took); old = l.longest.Load() {
		}
	}
}

// end waits until each question that was begun has its answer.
func (l *load) end() {
	close(l.stop)
	l.callers.Wait()
}

// retries counts questions that were asked again.
func (l *load) retries() (n uint64) {
	for _, c := range l.clients {
		n += c.Retries()
	}
	return n
}

// rate is what is answered in a second, over the window from now.
func (l *load) rate(window time.Duration) float64 {
	from, began := l.answered.Load(), time.Now()
	time.Sleep(window)
	return float64(l.answered.Load()-from) / time.Since(began).Seconds()
}
