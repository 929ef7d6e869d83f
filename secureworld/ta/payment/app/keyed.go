package app

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/account"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/hostmsg"
)

// authoriseKey opens a card that was keyed in at the PIN pad. There is no card to
// verify anything, so the host judges by the verification code.
func (a *App) authoriseKey(q *call.AuthoriseKey) (call.Authorised, error) {
	if err := hostmsg.CheckTerms(&q.Terms); err != nil {
		return call.Authorised{}, err
	}
	plaintext, err := a.kernel.do(call.HostOpenKeyed, q.Sealed[:], len(q.Sealed)-gcmTag)
	if err != nil {
		return call.Authorised{}, err
	}
	defer clear(plaintext)
	var card account.Account
	defer card.Wipe()
	if card.Keyed(plaintext) != nil {
		return call.Authorised{}, call.CodeCardData
	}
	return a.keyedAnswer(q, &card)
}

func (a *App) keyedAnswer(q *call.AuthoriseKey, card *account.Account) (call.Authorised, error) {
	out := call.Authorised{Masked: card.PAN.Masked(), Entry: payment.EntryModeKeyed, CVM: payment.CVMNone}
	if err := readStripe(&out, &card.PAN); err != nil {
		return call.Authorised{}, err
	}
	var err error
	if out.Token, err = a.token(q.Terms.MerchantID, &card.PAN); err != nil {
		return call.Authorised{}, err
	}
	r := call.Authorise{Terms: q.Terms, KSNRequest: q.KSNRequest, KSNReversal: q.KSNReversal, KSNRepeat: q.KSNRepeat}
	shown := hostmsg.Card{Entry: hostspec.EntryKeyed}
	request, err := a.request(&r, out.Token, shown, card, nil)
	if err != nil {
		return call.Authorised{}, err
	}
	return out, a.authenticate(&out, &r, shown, card, request)
}
