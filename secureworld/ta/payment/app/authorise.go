package app

import (
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/account"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/hostmsg"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/token"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/unseal"
)

// authorise opens envelope 2, checks it, and builds the request with the two
// frames that would reverse it.
func (a *App) authorise(q *call.Authorise) (call.Authorised, error) {
	if err := hostmsg.CheckTerms(&q.Terms); err != nil {
		return call.Authorised{}, err
	}
	if q.HasPIN && a.phase != prepared {
		return call.Authorised{}, call.CodeNotPermitted // a PIN for a card that was never prepared
	}
	plaintext, err := a.kernel.open(call.HostOpenOnline, &q.Envelope)
	if err != nil {
		return call.Authorised{}, err
	}
	var card account.Account
	defer card.Wipe()
	chip, err := unseal.All(plaintext, &card)
	if err != nil || !a.sameCard(&card.PAN) {
		return call.Authorised{}, call.CodeCardData
	}
	return a.answer(q, &card, chip)
}

// sameCard compares with envelope 1, if there was one, and forgets it.
func (a *App) sameCard(pan *account.PAN) bool {
	defer a.prepared.Wipe()
	return a.prepared.Zero() || a.prepared.Equal(pan)
}

func (a *App) answer(q *call.Authorise, card *account.Account, chip unseal.EMV) (call.Authorised, error) {
	out := call.Authorised{Masked: card.PAN.Masked()}
	if err := checkOrder(chip, &q.Terms); err != nil {
		return call.Authorised{}, err
	}
	how, err := entryOf(chip)
	if err != nil || !how.fits(card) {
		return call.Authorised{}, call.CodeCardData
	}
	if out.Entry = how.mode; how.stripe() {
		err = readStripe(&out, &card.PAN)
	} else {
		err = readChip(&out, chip, &card.PAN, q.Terms.Type)
	}
	if err != nil {
		return call.Authorised{}, err
	}
	if out.CVM, err = how.verification(chip, q.HasPIN, q.OfflinePIN); err != nil {
		return call.Authorised{}, err
	}
	if out.Token, err = a.token(q.Terms.MerchantID, &card.PAN); err != nil {
		return call.Authorised{}, err
	}
	out.Sequence, _ = card.Sequence()
	return out, a.build(&out, q, how.host, card, chip)
}

// token asks for the merchant's key, uses it once and clears it.
func (a *App) token(merchant payment.MerchantID, pan *account.PAN) (t payment.Token, err error) {
	var key [token.KeySize]byte
	defer clear(key[:])
	if err := a.kernel.tokenKey(&key); err != nil {
		return payment.Token{}, err
	}
	pan.Use(func(digits []byte) { t, err = token.Of(key[:], merchant, digits) })
	if err != nil {
		return payment.Token{}, call.CodeKey
	}
	a.identify(key[:], merchant, pan)
	return t, nil
}
