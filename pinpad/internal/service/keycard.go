package service

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/pinpad/internal/display"
	"github.com/strongroom-pos/strongroom/pinpad/internal/entry"
	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
)

// keyCard takes a card by key. Its counter is made durable before anything is
// asked: the nonce that a card is sealed with is used once.
func (v *Service) keyCard(order pinentry.KeyCard) asking {
	return func(ctx context.Context) (byte, any, error) {
		s, err := checked(order.Amount, order.Currency, order.Exponent)
		if err != nil {
			return 0, nil, err
		}
		if err := v.Sealer.Device.AdvanceKeyed(order.Counter); err != nil {
			return 0, nil, err
		}
		k, err := v.sealCard(ctx, order, s)
		return pinentry.KindKeyed, k, err
	}
}

func (v *Service) sealCard(ctx context.Context, order pinentry.KeyCard, s sum) (pinentry.Keyed, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, whole(order.TimeoutSeconds, pinentry.WholeCard), entry.ErrTimeout)
	defer cancel()
	v.card.Begin()
	defer v.card.Wipe()
	if err := v.fields(ctx, s); err != nil {
		return pinentry.Keyed{}, err
	}
	v.wait(s)
	return v.Sealer.Card(order, &v.card)
}

// fields asks for one field after the other, and listens all the while, so that
// whoever types fast loses no digit between two of them.
func (v *Service) fields(ctx context.Context, s sum) error {
	keys, stop := v.Keypad.Listen()
	defer stop()
	c := &v.card
	for _, f := range []field{
		{display.FieldNumber, &c.Number, c.CheckNumber},
		{display.FieldExpiry, &c.Expiry, c.CheckExpiry},
		{display.FieldCode, &c.Code, c.CheckCode},
	} {
		if err := v.field(ctx, keys, s, f); err != nil {
			return err
		}
	}
	return nil
}

// field is one of a card's.
type field struct {
	asked display.CardField
	typed *entry.Field
	check func() error
}

// field asks for a field, and once more where it cannot be right. What was typed
// ahead of that is lost: it was meant for the next field.
func (v *Service) field(ctx context.Context, keys <-chan keypad.Key, s sum, f field) error {
	for _, again := range []bool{false, true} {
		show := func(digits int) { v.Display.AskCard(s.amount, s.currency, f.asked, again, v.end(f), digits) }
		if err := collectFrom(ctx, keys, taken{f.typed, pinentry.WholeCard, show}); err != nil {
			return err
		}
		err := f.check()
		if !errors.Is(err, entry.ErrMistyped) {
			return err
		}
		f.typed.Wipe()
		for len(keys) > 0 {
			<-keys
		}
	}
	return entry.ErrMistyped
}

// end is what is shown of the number while another field is asked for.
func (v *Service) end(f field) display.KeyedEnd {
	if f.asked == display.FieldNumber {
		return display.KeyedEnd{}
	}
	return v.card.End()
}
