package device

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"
)

// Serve dials the secure world for ever and gives each session to serve, which
// returns when the session is over. It ends with ctx, or with ErrStopped where the
// state could not be stored: a device without keys must not look like one in service.
func (d *Device) Serve(ctx context.Context, door Door, log *slog.Logger, serve func(context.Context, *Session) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-d.stop:
			cancel(ErrStopped)
		case <-ctx.Done():
		}
	}()
	d.dial(ctx, door, log, serve)
	if err := context.Cause(ctx); errors.Is(err, ErrStopped) {
		return err
	}
	return nil
}

func (d *Device) dial(ctx context.Context, door Door, log *slog.Logger, serve func(context.Context, *Session) error) {
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := d.once(ctx, door, serve)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > steady {
			pause = firstPause
		}
		log.Info("no session with the secure world", "reason", err)
		sleep(ctx, pause/2+rand.N(pause)) //nolint:gosec // spreads devices, protects nothing
		pause = min(2*pause, longestPause)
	}
}

func (d *Device) once(ctx context.Context, door Door, serve func(context.Context, *Session) error) error {
	s, err := d.Connect(ctx, door)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer s.Close()
	return serve(ctx, s)
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
