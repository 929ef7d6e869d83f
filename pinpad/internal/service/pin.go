package service

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/pinpad/internal/entry"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
)

// pinFor is what the display says of a PIN.
type pinFor struct {
	sum
	whole       time.Duration
	again, last bool
}

// enterPIN takes a PIN for the acquirer.
func (v *Service) enterPIN(order pinentry.EnterPIN) asking {
	return func(ctx context.Context) (byte, any, error) {
		s, err := v.accept(order)
		if err != nil {
			return 0, nil, err
		}
		p := pinFor{sum: s, whole: whole(order.TimeoutSeconds, pinentry.WholeEntry), again: order.Attempt > 1}
		var e pinentry.Entered
		err = v.withPIN(ctx, p, func(pin []byte) (err error) {
			e, err = v.Sealer.PIN(order, pin)
			return err
		})
		return pinentry.KindEntered, e, err
	}
}

// accept refuses what must not even reach the cardholder. The counter is made
// durable before anything is asked, so that a sealed PAN is good for one entry.
func (v *Service) accept(order pinentry.EnterPIN) (sum, error) {
	s, err := checked(order.Amount, order.Currency, order.Exponent)
	if err != nil {
		return sum{}, err
	}
	if !v.loaded() {
		return sum{}, device.ErrNoKey
	}
	return s, v.Sealer.Device.Advance(order.Counter)
}

// withPIN takes a PIN at the pace that all kinds of PIN share, and lends it to
// use.
func (v *Service) withPIN(ctx context.Context, p pinFor, use func(pin []byte) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.whole, entry.ErrTimeout)
	defer cancel()
	v.wait(p.sum)
	v.pace.atOnce = v.AtOnce
	if err := v.pace.wait(ctx); err != nil {
		return context.Cause(ctx)
	}
	defer v.typed.Wipe()
	show := func(digits int) { v.Display.AskPIN(p.amount, p.currency, p.again, p.last, digits) }
	if err := v.collect(ctx, taken{&v.typed, p.whole, show}); err != nil {
		return err
	}
	v.wait(p.sum)
	return use(v.typed.Digits())
}
