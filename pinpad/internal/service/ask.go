package service

import (
	"context"
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/pinpad/internal/entry"
	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
)

// errShow reports an amount or a label that the display cannot show as it is
// meant.
var errShow = errors.New("service: the order cannot be shown")

// sum is the amount of an order as it is shown.
type sum struct {
	amount   payment.Amount
	currency payment.Currency
}

func checked(amount uint64, currency uint16, exponent uint8) (sum, error) {
	c := payment.Currency(currency)
	if amount > uint64(payment.MaxAmount) || !c.Valid() || c.Exponent() != exponent {
		return sum{}, errShow
	}
	return sum{payment.Amount(amount), c}, nil //nolint:gosec // not above MaxAmount
}

func whole(seconds uint16, longest time.Duration) time.Duration {
	return min(time.Duration(seconds)*time.Second, longest)
}

// carryOut does what an order asks for and returns the message that ends it, or
// nothing where ctx ended, which is a Stop.
func (v *Service) carryOut(ctx context.Context, order pinentry.OrderID, ask asking) (kind byte, message any) {
	kind, message, err := ask(ctx)
	if ctx.Err() != nil {
		return 0, nil
	}
	if err != nil {
		v.showFailure(err)
		return pinentry.KindFailed, pinentry.Failed{Order: order, Code: codeOf(err)}
	}
	return kind, message
}

// asking asks someone for keys and makes the answer to the secure world of them.
type asking func(context.Context) (kind byte, message any, err error)

// taken is what an order takes in, and how it is shown.
type taken struct {
	typed entry.Typed
	whole time.Duration
	show  func(digits int)
}

// collect listens to the keys for one entry.
func (v *Service) collect(ctx context.Context, t taken) error {
	keys, stop := v.Keypad.Listen()
	defer stop()
	return collectFrom(ctx, keys, t)
}

func collectFrom(ctx context.Context, keys <-chan keypad.Key, t taken) error {
	t.show(0)
	err := entry.Collect(ctx, t.typed, keys, entry.Limits{BetweenKeys: pinentry.BetweenKeys, Whole: t.whole}, t.show)
	if err != nil && errors.Is(context.Cause(ctx), entry.ErrTimeout) {
		return entry.ErrTimeout
	}
	return err
}

func (v *Service) wait(s sum) { v.Display.PleaseWait(s.amount, s.currency) }

func (v *Service) showFailure(err error) {
	switch {
	case errors.Is(err, entry.ErrCanceled):
		v.Display.Canceled()
	case errors.Is(err, entry.ErrTimeout):
		v.Display.TimedOut()
	case errors.Is(err, entry.ErrMistyped):
		v.Display.Mistyped()
	default:
		v.Display.Idle()
	}
}

// codeOf is what the secure world is told. A card that was mistyped twice ends as
// if someone had canceled: the code for failures is for those of the PIN pad.
func codeOf(err error) pinentry.Code {
	switch {
	case errors.Is(err, entry.ErrTimeout):
		return pinentry.CodeTimeout
	case errors.Is(err, entry.ErrCanceled), errors.Is(err, entry.ErrMistyped):
		return pinentry.CodeCanceled
	case errors.Is(err, device.ErrNoKey):
		return pinentry.CodeNoKey
	case errors.Is(err, dukpt.ErrExhausted):
		return pinentry.CodeKeyExhausted
	}
	return pinentry.CodeInternal
}
