package boot

import (
	"context"
	"time"
)

// supervise keeps a kernel running from the same verified bytes, with growing
// pauses while it does not get ready.
func (b *Boot) supervise(ctx context.Context) error {
	pause := shortestPause
	for ctx.Err() == nil {
		b.starts++
		served, err := b.once(ctx)
		if err != nil && b.starts == 1 {
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

func (b *Boot) once(ctx context.Context) (time.Duration, error) {
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
