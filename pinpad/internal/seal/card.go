package seal

import (
	"errors"

	"github.com/strongroom-pos/strongroom/pinpad/internal/entry"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// ErrCard reports a card that could not be sealed.
var ErrCard = errors.New("seal: the card cannot be sealed")

// Places of the fields of a keyed card; see package pinentry.
const (
	expiryAt = pinentry.MaxPAN
	codeAt   = expiryAt + 4
)

// Card seals a keyed card for an order. It neither keeps nor changes card.
func (s *Sealer) Card(order pinentry.KeyCard, card *entry.Card) (pinentry.Keyed, error) {
	r := new(rooms)
	defer s.clear(r)
	k := pinentry.Keyed{Order: order.Order}
	if !lay(r.card[:pinentry.KeyedSize], card) {
		return pinentry.Keyed{}, ErrCard
	}
	err := s.Device.UseKeyedKey(func(key []byte) error {
		aead, erase, err := schedule.NewGCM(key, r.gcm[:])
		if err != nil {
			return err
		}
		defer erase()
		aad := pinentry.PANAAD(order.Order, s.Device.ID)
		copy(k.Sealed[:], aead.Seal(r.card[:0], pinentry.KeyedNonce(order.Counter), r.card[:pinentry.KeyedSize], aad))
		return nil
	})
	if err != nil {
		return pinentry.Keyed{}, errors.Join(ErrCard, err)
	}
	return k, nil
}

// lay writes the card's fields, and the expiry date, keyed as MMYY, as YYMM.
func lay(dst []byte, card *entry.Card) bool {
	number, expiry, code := card.Number.Digits(), card.Expiry.Digits(), card.Code.Digits()
	if len(number) < minPAN || len(expiry) != 4 || len(code) == 0 {
		return false
	}
	copy(dst, number)
	copy(dst[expiryAt:], expiry[2:])
	copy(dst[expiryAt+2:], expiry[:2])
	copy(dst[codeAt:], code)
	return true
}
