package service

import (
	"cmp"
	"context"
	"time"
)

// pace lets PINs through at a bounded rate. It serves one goroutine.
type pace struct {
	atOnce int // 0: pinsAtOnce

	free time.Time // when the bucket will have been full; before that, places are taken
}

// wait takes one place and returns when it is free.
func (p *pace) wait(ctx context.Context) error {
	now := time.Now()
	if p.free.Before(now) {
		p.free = now
	}
	p.free = p.free.Add(pinEvery)
	early := p.free.Sub(now) - time.Duration(cmp.Or(p.atOnce, pinsAtOnce))*pinEvery
	if early <= 0 {
		return nil
	}
	t := time.NewTimer(early)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
