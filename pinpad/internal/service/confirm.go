package service

import (
	"context"

	"github.com/strongroom-pos/strongroom/pinpad/internal/entry"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
)

// confirm has a person confirm a refund. Anything but OK is a no.
func (v *Service) confirm(order pinentry.Confirm) asking {
	return func(ctx context.Context) (byte, any, error) {
		s, err := checked(order.Amount, order.Currency, order.Exponent)
		if err != nil {
			return 0, nil, err
		}
		c := &entry.Choice{Labels: 1, Confirm: true}
		show := func(int) { v.Display.ConfirmRefund(s.amount, s.currency) }
		if err := v.collect(ctx, taken{c, whole(order.TimeoutSeconds, pinentry.WholeEntry), show}); err != nil {
			return 0, nil, err
		}
		if c.Number != 1 {
			return 0, nil, entry.ErrCanceled
		}
		v.wait(s)
		return pinentry.KindConfirmed, pinentry.Confirmed{Order: order.Order}, nil
	}
}

// present shows what an order of Show says.
func (v *Service) present(m pinentry.Show) {
	if m.Text != pinentry.TextBalance {
		v.Display.Show(m.Text)
		return
	}
	if s, err := checked(m.Amount, m.Currency, m.Exponent); err == nil {
		v.Display.Balance(s.amount, s.currency)
	}
}
