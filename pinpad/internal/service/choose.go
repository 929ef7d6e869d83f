package service

import (
	"bytes"
	"context"

	"github.com/strongroom-pos/strongroom/pinpad/internal/entry"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
)

// choose lets the cardholder choose an application.
func (v *Service) choose(order pinentry.Choose) asking {
	return func(ctx context.Context) (byte, any, error) {
		s, err := checked(order.Amount, order.Currency, order.Exponent)
		if err != nil {
			return 0, nil, err
		}
		labels, ok := labelsOf(order)
		if !ok {
			return 0, nil, errShow
		}
		c := &entry.Choice{Labels: len(labels), Confirm: order.Confirm}
		show := func(int) {
			if order.Confirm {
				v.Display.Confirm(s.amount, s.currency, labels[0])
			} else {
				v.Display.Choose(s.amount, s.currency, labels)
			}
		}
		if err := v.collect(ctx, taken{c, whole(order.TimeoutSeconds, pinentry.WholeEntry), show}); err != nil {
			return 0, nil, err
		}
		v.wait(s)
		return pinentry.KindChosen, pinentry.Chosen{Order: order.Order, Choice: uint8(c.Number)}, nil //nolint:gosec // at most 8
	}
}

// labelsOf checks once more what the secure world has checked: these are the only
// characters on the display that come from elsewhere.
func labelsOf(order pinentry.Choose) ([]string, bool) {
	n := int(order.Count)
	if n < 1 || n > pinentry.Choices || order.Confirm && n != 1 {
		return nil, false
	}
	labels := make([]string, n)
	for i := range pinentry.Choices {
		label, ok := labelOf(order.Labels[i*pinentry.LabelSize:][:pinentry.LabelSize])
		if !ok || (label == "") == (i < n) {
			return nil, false
		}
		if i < n {
			labels[i] = label
		}
	}
	return labels, true
}

// labelOf takes the zero bytes behind a label off. A label of spaces is none.
func labelOf(padded []byte) (string, bool) {
	label := bytes.TrimRight(padded, "\x00")
	for _, b := range label {
		if b < ' ' || b > '~' {
			return "", false
		}
	}
	if len(label) != 0 && len(bytes.TrimSpace(label)) == 0 {
		return "", false
	}
	return string(label), true
}
