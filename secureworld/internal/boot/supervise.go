package boot

import (
	"context"
	"fmt"
	"time"
)

// supervise keeps a kernel running, from the same verified bytes unless another
// image is to be tried or fallen back to. Starts keep a distance, which grows while
// kernels do not live: one that has served for a while is replaced at once.
func (b *Boot) supervise(ctx context.Context) error {
	pause := shortestPause
	for ctx.Err() == nil {
		next := time.Now().Add(pause)
		err := b.keeper.Choose()
		var served time.Duration
		var trial bool
		if err == nil {
			served, trial, err = b.once(ctx)
		}
		if err != nil && b.starts.Load() <= 1 && !trial {
			return err // nothing ever ran: a fault of the installation
		}
		if err != nil {
			b.log.Error("start", "reason", err.Error())
		}
		if served > steadyAfter {
			pause = shortestPause
		}
		wait(ctx, time.Until(next))
		pause = min(2*pause, longestPause)
	}
	return nil
}

// once starts the chosen image's kernel and attends to it. The sandbox around a
// kernel is proved before the first connection reaches it.
func (b *Boot) once(ctx context.Context) (served time.Duration, trial bool, err error) {
	b.starts.Add(1)
	if err := b.openGuards(); err != nil {
		return 0, false, err
	}
	if trial, err = b.keeper.Begin(); err != nil {
		return 0, trial, err
	}
	if b.machines != nil {
		if err := b.keeper.Now().Manifest.RunsIn(b.machines.Digest()); err != nil {
			return 0, trial, err
		}
	}
	b.measureIntoTPM()
	if err := b.proveSandbox(ctx); err != nil {
		return 0, trial, fmt.Errorf("prove the sandbox: %w", err)
	}
	if err := b.openDoors(); err != nil {
		return 0, trial, err
	}
	k, err := b.start(b.confine())
	if err != nil {
		return 0, trial, err
	}
	return b.attend(ctx, k, trial), trial, nil
}

// proveSandbox proves it once for each kernel.
func (b *Boot) proveSandbox(ctx context.Context) error {
	program := b.keeper.Now().Program
	if !b.cfg.SelfTest || b.sandboxed == program {
		return nil
	}
	if err := b.selfTest(ctx); err != nil {
		return err
	}
	b.sandboxed = program
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
