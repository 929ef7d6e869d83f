package service

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/strongroom-pos/strongroom/pinpad/internal/offlinepin"
	"github.com/strongroom-pos/strongroom/secureworld/oda"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
)

// errTries reports an order for a PIN that the card would not look at.
var errTries = errors.New("service: the card takes no PIN any more")

// encipherPIN takes a PIN for the card.
func (v *Service) encipherPIN(order pinentry.EncipherPIN) asking {
	key := oda.PublicKey{Modulus: order.Modulus, Exponent: order.PublicExponent}
	return func(ctx context.Context) (byte, any, error) {
		s, err := acceptCard(order, key)
		if err != nil {
			return 0, nil, err
		}
		p := pinFor{sum: s, whole: whole(order.TimeoutSeconds, pinentry.WholeEntry), again: order.Again, last: order.Tries == 1}
		e := pinentry.Enciphered{Order: order.Order}
		err = v.withPIN(ctx, p, func(pin []byte) (err error) {
			e.Data, err = offlinepin.Encipher(key, pin, order.Challenge, rand.Reader)
			return err
		})
		return pinentry.KindEnciphered, e, err
	}
}

// acceptCard refuses what must not reach the cardholder. The acquirer's key is
// not needed here, so that an offline PIN can be taken without it.
func acceptCard(order pinentry.EncipherPIN, key oda.PublicKey) (sum, error) {
	s, err := checked(order.Amount, order.Currency, order.Exponent)
	if err != nil {
		return sum{}, err
	}
	if order.Tries == 0 {
		return sum{}, errTries
	}
	return s, key.Check()
}
