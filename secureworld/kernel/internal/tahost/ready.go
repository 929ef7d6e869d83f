package tahost

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errClosed says that the host has ended.
var errClosed = errors.New("trusted application: host closed")

// keepReady starts the goroutine that holds one fresh instance at all times.
func (h *Host) keepReady(first *Instance) {
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	if h.cfg.OnDemand {
		first.Close()
		close(h.filled)
		return
	}
	go h.fill(ctx, first)
}

func (h *Host) fill(ctx context.Context, next *Instance) {
	defer close(h.filled)
	for {
		if next != nil && !h.offer(ctx, next) {
			return
		}
		var err error
		if next, err = h.instantiate(ctx); err != nil && !h.pause(ctx, err) {
			return
		}
	}
}

func (h *Host) offer(ctx context.Context, next *Instance) bool {
	select {
	case h.ready <- next:
		return true
	case <-ctx.Done():
		next.Close()
		return false
	}
}

// pause reports a failure to whoever waits in Acquire, or tries again soon.
func (h *Host) pause(ctx context.Context, err error) bool {
	select {
	case h.failure <- err:
	case <-time.After(100 * time.Millisecond):
	case <-ctx.Done():
		return false
	}
	return true
}

// Acquire hands out a fresh instance and binds session to it: host functions
// find it with SessionFrom, and no other instance's. The next instance is made
// in the background at once.
func (h *Host) Acquire(ctx context.Context, session any) (*Instance, error) {
	instance, err := h.next(ctx)
	if err != nil {
		return nil, err
	}
	instance.session = session
	h.counters.acquired.Add(1)
	return instance, nil
}

func (h *Host) next(ctx context.Context) (*Instance, error) {
	if h.cfg.OnDemand {
		return h.instantiate(ctx)
	}
	select {
	case instance := <-h.ready:
		return instance, nil
	case err := <-h.failure:
		return nil, err
	case <-h.filled:
		return nil, errClosed
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a trusted application: %w", ctx.Err())
	}
}
