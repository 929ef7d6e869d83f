package boot

import (
	"context"
	"fmt"
	"time"
)

// supervise keeps a kernel running, from the same verified bytes unless another
// image is to be tried or fallen back to, with growing pauses while it does not
// get ready.
func (b *Boot) supervise(ctx context.Context) error {
	pause := shortestPause
	for ctx.Err() == nil {
		err := b.choose()
		var served time.Duration
		if err == nil {
			served, err = b.once(ctx)
		}
		if err != nil && b.starts.Load() <= 1 && !b.trial {
			return err // nothing ever ran: a fault of the installation
		}
		if err != nil {
			b.log.Error("start", "reason", err.Error())
		}
		if served > steadyAfter {
			pause = shortestPause
		}
		wait(ctx, pause)
		pause = min(2*pause, longestPause)
	}
	return nil
}

// once starts the chosen image's kernel and attends to it. The sandbox around a
// kernel is proved before the first connection reaches it.
func (b *Boot) once(ctx context.Context) (time.Duration, error) {
	b.starts.Add(1)
	if err := b.onTrial(); err != nil {
		return 0, err
	}
	if l := b.image(); b.cfg.SelfTest && !l.proved {
		if err := b.selfTest(ctx); err != nil {
			return 0, fmt.Errorf("prove the sandbox: %w", err)
		}
		b.mu.Lock()
		l.proved = true
		b.mu.Unlock()
	}
	if err := b.open(); err != nil {
		return 0, err
	}
	k, err := b.start(b.confine())
	if err != nil {
		return 0, err
	}
	return b.attend(ctx, k), nil
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
