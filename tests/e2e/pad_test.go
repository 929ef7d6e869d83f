//go:build linux

package e2e

import (
	"context"
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/cardholder"
)

// finger is a cardholder's on the PIN pad.
type finger struct{ cardholder.PINPad }

// asked waits until a PIN is asked for and no digit is in. The PIN pad may be
// away meanwhile.
func (f *finger) asked(ctx context.Context) (s cardholder.Screen, err error) {
	for {
		s, err = f.Screen(ctx)
		for err == nil && (s.State != "pin" || s.Dots != 0) {
			s, err = f.Change(ctx, s.Seq)
		}
		if err == nil {
			return s, nil
		}
		if waitErr := pause(ctx, 20*time.Millisecond); waitErr != nil {
			return s, errors.Join(waitErr, err)
		}
	}
}

// enter types a PIN and confirms it.
func (f *finger) enter(ctx context.Context, pin string) error {
	for _, digit := range pin {
		if err := f.Press(ctx, string(digit)); err != nil {
			return err
		}
	}
	return f.Press(ctx, "ok")
}

// serve types the PIN whenever it is asked for, until ctx ends.
func (f *finger) serve(ctx context.Context, pin string) {
	for ctx.Err() == nil {
		s, err := f.asked(ctx)
		if err != nil {
			return
		}
		if f.enter(ctx, pin) != nil {
			_ = pause(ctx, 20*time.Millisecond) // it went away while being typed on
			continue
		}
		// The screen changes once the PIN is taken; until then it is not asked again.
		for err == nil && s.State == "pin" {
			s, err = f.Change(ctx, s.Seq)
		}
	}
}
