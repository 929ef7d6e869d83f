//go:build linux

package estate

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
)

// Sale is one sale with a person who does what the displays ask for.
type Sale struct {
	Request till.Request
	Key     string // idempotency key; empty: a random one
	Card    bureau.Card
	Tapped  bool // held into the field, not inserted
	// PINs are entered in turn, the last one again and again; empty: the card's.
	PINs []string
	// See is told each change.
	See func(till.Payment)
	// Typed is called when all digits but OK have been pressed.
	Typed func()
}

// Sell makes a sale from the till to the card's leaving, and returns the
// completed payment, whatever its outcome.
func (l *Lane) Sell(ctx context.Context, s Sale) (till.Payment, error) {
	s = s.withDefaults()
	p, err := l.Till.Start(ctx, s.Key, s.Request)
	if err != nil {
		return p, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	h := &hands{lane: l, sale: s}
	p, err = l.Till.Follow(ctx, p, func(p till.Payment) {
		s.See(p)
		if err := h.serve(ctx, p); err != nil {
			cancel(err)
		}
	})
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	ctx = context.WithoutCancel(ctx)
	if s.Tapped {
		return p, errors.Join(err, l.Away(ctx))
	}
	return p, errors.Join(err, l.Pull(ctx))
}

func (s Sale) withDefaults() Sale {
	if s.Key == "" {
		s.Key = rand.Text()
	}
	if len(s.PINs) == 0 {
		s.PINs = []string{s.Card.PIN}
	}
	if s.See == nil {
		s.See = func(till.Payment) {}
	}
	if s.Typed == nil {
		s.Typed = func() {}
	}
	return s
}

// hands are the cardholder's.
type hands struct {
	lane      *Lane
	sale      Sale
	presented bool
	typed     int // PINs entered so far
}

func (h *hands) serve(ctx context.Context, p till.Payment) error {
	switch {
	case p.Status == "awaiting_card" && (p.Stage == "remove_card") == h.presented:
		return h.present(ctx)
	case p.Status == "awaiting_pin" && p.Attempt > h.typed:
		h.typed = p.Attempt
		return h.enter(ctx, h.sale.PINs[min(p.Attempt, len(h.sale.PINs))-1])
	}
	return nil
}

// present gives the card to the reader, and takes it back where the reader asks for an
// old one to go first: it may have looked too late to tell the two apart.
func (h *hands) present(ctx context.Context) error {
	h.presented = !h.presented
	switch {
	case h.presented && h.sale.Tapped:
		return h.lane.Tap(ctx, h.sale.Card.Profile)
	case h.presented:
		return h.lane.Insert(ctx, h.sale.Card.Profile)
	case h.sale.Tapped:
		return h.lane.Away(ctx)
	}
	return h.lane.Pull(ctx)
}

func (h *hands) enter(ctx context.Context, pin string) error {
	pad := h.lane.PINPad
	if _, err := pad.Await(ctx, "pin"); err != nil {
		return fmt.Errorf("entering the PIN: %w", err)
	}
	if err := pad.Type(ctx, pin); err != nil {
		return fmt.Errorf("entering the PIN: %w", err)
	}
	h.sale.Typed()
	return pad.Press(ctx, "ok")
}
