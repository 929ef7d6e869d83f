package entry

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
)

// Limits are the cardholder's time.
type Limits struct {
	BetweenKeys time.Duration
	Whole       time.Duration
}

// Typed is what keys are collected into.
type Typed interface {
	Len() int
	Wipe()
	// press does what one key does, and reports whether the entry is complete.
	press(k keypad.Key) (done bool, err error)
}

// Collect takes keys into p until it is complete. dots is told how many digits
// there are after each change. It returns ErrTimeout, ErrCanceled, or the
// context's error, and has wiped p then.
//
// OK with fewer than four digits of a PIN does nothing: leaving the PIN out is
// the issuer's to allow, and this lane does not offer it.
func Collect(ctx context.Context, p Typed, keys <-chan keypad.Key, l Limits, dots func(int)) error {
	err := collect(ctx, p, keys, l, dots)
	if err != nil {
		p.Wipe()
	}
	return err
}

func collect(ctx context.Context, p Typed, keys <-chan keypad.Key, l Limits, dots func(int)) error {
	whole, pause := time.NewTimer(l.Whole), time.NewTimer(l.BetweenKeys)
	defer whole.Stop()
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-whole.C:
			return ErrTimeout
		case <-pause.C:
			return ErrTimeout
		case k := <-keys:
			if done, err := p.press(k); done || err != nil {
				return err
			}
			dots(p.Len())
			pause.Reset(l.BetweenKeys)
		}
	}
}

// press does what one key does, and reports whether the PIN is complete.
func (p *PIN) press(k keypad.Key) (done bool, err error) {
	switch {
	case k == keypad.Cancel:
		return false, ErrCanceled
	case k == keypad.OK:
		return p.n >= MinDigits, nil
	case k == keypad.Clear:
		p.Wipe()
	case k.Digit():
		p.add(byte(k))
	}
	return false, nil
}
