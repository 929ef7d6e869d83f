package engine

import (
	"crypto/cipher"
	"crypto/subtle"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/internal/emvac"
)

// Service codes of values that are on no stripe.
const (
	servicePrint = "000"
	serviceChip  = "999"
)

// VerifyCVV compares a card verification value.
func (o *operations) VerifyCVV(r element.VerifyCVV) (v element.Verified, err error) {
	if o.ring.values == nil {
		return v, element.CodeKey
	}
	service := string(r.Service[:])
	switch {
	case r.Place == element.PlacePrint:
		service = servicePrint
	case r.Place == element.PlaceChip:
		service = serviceChip
	case service == servicePrint || service == serviceChip:
		return v, element.CodeCryptogram
	}
	ok, err := o.ring.values.Verify(r.PAN, r.Expiry[:], []byte(service), r.Value[:])
	switch {
	case err != nil:
		return v, element.CodeMalformed
	case !ok:
		return v, element.CodeCryptogram
	}
	return v, nil
}

// VerifyCVC3 compares a dynamic card verification code.
func (o *operations) VerifyCVC3(r element.VerifyCVC3) (v element.Verified, err error) {
	return v, cardKey(o.ring.cvc3, r.PAN, r.PSN, func(master *[emvac.KeySize]byte, card cipher.Block) error {
		code, err := emvac.CVC3(master, card, r.Track, r.UN, r.ATC)
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare(code[:], r.Code[:]) != 1 {
			return element.CodeCryptogram
		}
		return nil
	})
}
