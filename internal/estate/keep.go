//go:build linux

package estate

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// againAfter is before a process is started again, and doubles up to againAtMost
	// while it ends again within soon.
	againAfter  = 50 * time.Millisecond
	againAtMost = 5 * time.Second
	soon        = 10 * time.Second
)

// kept are the processes that are started again when they end by themselves: those of
// a group, which goes on without one of them.
func (l *Lane) kept(name string) bool {
	return l.grouped() && slices.Contains(l.elementNames(), name)
}

// keeper knows how often a process was started again of late.
type keeper struct {
	starting sync.Mutex // held while something is started again

	mu     sync.Mutex
	last   map[string]time.Time     // guarded by mu
	pauses map[string]time.Duration // guarded by mu
}

func newKeeper() *keeper {
	return &keeper{last: map[string]time.Time{}, pauses: map[string]time.Duration{}}
}

// pause is before the next start of a process.
func (k *keeper) pause(name string, now time.Time) time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	next := againAfter
	if now.Sub(k.last[name]) < soon {
		next = min(2*k.pauses[name], againAtMost)
	}
	k.last[name], k.pauses[name] = now, next
	return next
}

// startAgain starts a process that ended, unless somebody else did or the lane stops.
// What ends again while it starts is started again by its own watch.
func (l *Lane) startAgain(name string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-l.stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(l.keeper.pause(name, time.Now())):
		}
		if l.startUnlessRunning(ctx, name) {
			return
		}
	}
}

// startUnlessRunning reports whether there is nothing more to do. Stop and Restart wait
// for it: nothing is started behind their backs.
func (l *Lane) startUnlessRunning(ctx context.Context, name string) bool {
	l.keeper.starting.Lock()
	defer l.keeper.starting.Unlock()
	if ctx.Err() != nil || l.PID(name) != 0 {
		return true
	}
	before := l.child(name)
	err := l.start(ctx, name)
	return err == nil || l.child(name) != before
}
