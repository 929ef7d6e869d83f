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
	clients []asker
	lost    atomic.Uint64
	longest atomic.Int64 // nanoseconds that one question took

	mu       sync.Mutex
	answered uint64    // guarded by mu
	last     time.Time // when the last answer came; guarded by mu

	stop    chan struct{}
	callers sync.WaitGroup
}

// begin has so many callers ask through each client.
func begin(ctx context.Context, callers int, clients ...asker) *load {
	l := &load{clients: clients, last: time.Now(), stop: make(chan struct{})}
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
			l.count()
		} else {
			l.lost.Add(1)
		}
		cancel()
		took := time.Since(began).Nanoseconds()
		for old := l.longest.Load(); took > old && !l.longest.CompareAndSwap(old, took); old = l.longest.Load() {
		}
	}
}

func (l *load) count() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered++
	l.last = time.Now()
}

// state is how many were answered, and when the last of them was.
func (l *load) state() (answered uint64, last time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.answered, l.last
}

// total is how many were answered.
func (l *load) total() uint64 {
	n, _ := l.state()
	return n
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

// repeated counts questions that were asked again more than once.
func (l *load) repeated() (n uint64) {
	for _, c := range l.clients {
		n += c.Repeated()
	}
	return n
}

// rate is what is answered in a second, over the window from now.
func (l *load) rate(window time.Duration) float64 {
	from, began := l.total(), time.Now()
	time.Sleep(window)
	return float64(l.total()-from) / time.Since(began).Seconds()
}

// pace is the rate from the last answer before the window to the last one in it, which
// is no answer off however few there are.
func (l *load) pace(window time.Duration) (rate float64, answers uint64) {
	from, began := l.state()
	time.Sleep(window)
	to, ended := l.state()
	if to == from {
		return 0, 0
	}
	return float64(to-from) / ended.Sub(began).Seconds(), to - from
}
