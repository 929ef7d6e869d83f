package service

import (
	"context"
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/pinpad/internal/entry"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
)

// errShow reports an amount that the display cannot show as it is meant.
var errShow = errors.New("service: amount cannot be shown")

// pin takes a PIN for an order and returns the message that ends it, or nothing
// where ctx ended, which is a Stop.
func (v *Service) pin(ctx context.Context, order pinentry.EnterPIN) (kind byte, message any) {
	e, err := v.enter(ctx, order)
	if ctx.Err() != nil {
		return 0, nil
	}
	if err != nil {
		v.showFailure(err)
		return pinentry.KindFailed, pinentry.Failed{Order: order.Order, Code: codeOf(err)}
	}
	return pinentry.KindEntered, e
}

func (v *Service) enter(ctx context.Context, order pinentry.EnterPIN) (pinentry.Entered, error) {
	if err := v.accept(order); err != nil {
		return pinentry.Entered{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, whole(order), entry.ErrTimeout)
	defer cancel()
	amount, currency := shown(order)
	v.Display.PleaseWait(amount, currency)
	v.pace.atOnce = v.AtOnce
	if err := v.pace.wait(ctx); err != nil {
		return pinentry.Entered{}, context.Cause(ctx)
	}
	defer v.typed.Wipe()
	if err := v.collect(ctx, order, &v.typed); err != nil {
		return pinentry.Entered{}, err
	}
	v.Display.PleaseWait(amount, currency)
	return v.Sealer.PIN(order, v.typed.Digits())
}

// accept refuses what must not even reach the cardholder. The counter is made
// durable first of all, so that a sealed PAN is good for one entry.
func (v *Service) accept(order pinentry.EnterPIN) error {
	c := payment.Currency(order.Currency)
	if order.Amount > uint64(payment.MaxAmount) || !c.Valid() || c.Exponent() != order.Exponent {
		return errShow
	}
	if v.Sealer.Device.Loaded() == [8]byte{} {
		return device.ErrNoKey
	}
	return v.Sealer.Device.Advance(order.Counter)
}

func shown(order pinentry.EnterPIN) (payment.Amount, payment.Currency) {
	return payment.Amount(order.Amount), payment.Currency(order.Currency) //nolint:gosec // checked by accept
}

func whole(order pinentry.EnterPIN) time.Duration {
	return min(time.Duration(order.TimeoutSeconds)*time.Second, pinentry.WholeEntry)
}

// collect shows what is asked and takes the keys.
func (v *Service) collect(ctx context.Context, order pinentry.EnterPIN, pin *entry.PIN) error {
	keys, stop := v.Keypad.Listen()
	defer stop()
	amount, currency := shown(order)
	show := func(digits int) { v.Display.AskPIN(amount, currency, order.Attempt > 1, digits) }
	show(0)
	err := entry.Collect(ctx, pin, keys, entry.Limits{BetweenKeys: pinentry.BetweenKeys, Whole: whole(order)}, show)
	if err != nil && errors.Is(context.Cause(ctx), entry.ErrTimeout) {
		return entry.ErrTimeout
	}
	return err
}

func (v *Service) showFailure(err error) {
	switch {
	case errors.Is(err, entry.ErrCanceled):
		v.Display.Canceled()
	case errors.Is(err, entry.ErrTimeout):
		v.Display.TimedOut()
	default:
		v.Display.Idle()
	}
}

func codeOf(err error) pinentry.Code {
	switch {
	case errors.Is(err, entry.ErrTimeout):
		return pinentry.CodeTimeout
	case errors.Is(err, entry.ErrCanceled):
		return pinentry.CodeCanceled
	case errors.Is(err, device.ErrNoKey):
		return pinentry.CodeNoKey
	case errors.Is(err, dukpt.ErrExhausted):
		return pinentry.CodeKeyExhausted
	}
	return pinentry.CodeInternal
}
