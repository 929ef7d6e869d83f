package app

import (
	"slices"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/account"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/hostmsg"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// held is a card whose own word is awaited while the host is away.
type held struct {
	terms call.Terms
	card  account.Account
	shown hostmsg.Card
	icc   []byte
	token payment.Token
}

func (h *held) wipe() {
	h.card.Wipe()
	clear(h.icc)
}

// hold keeps the card until it has approved or not. A PIN for the host cannot be
// verified without it.
func (a *App) hold(out *call.Authorised, q *call.Authorise, shown hostmsg.Card, card *account.Account, icc []byte) error {
	if shown.Entry != hostspec.EntryChip || q.HasPIN {
		return call.CodeCardData
	}
	a.held = &held{terms: q.Terms, card: *card, shown: shown, icc: slices.Clone(icc), token: out.Token}
	return nil
}

// complete builds the advice of what the card has approved.
func (a *App) complete(q *call.Complete) (call.Authorised, error) {
	h := a.held
	defer func() { h.wipe(); a.held = nil }()
	if q.Terms != h.terms {
		return call.Authorised{}, call.CodeOrder
	}
	icc, err := h.completed(q)
	if err != nil {
		return call.Authorised{}, err
	}
	out := call.Authorised{Token: h.token, Entry: payment.EntryModeChip}
	if out.Reversal, err = a.offline(hostspec.MTIAdvice, q.KSNReversal, call.HostSealAccount, call.HostMACReversal, icc); err != nil {
		return call.Authorised{}, err
	}
	if out.Repeat, err = a.offline(hostspec.MTIAdviceRepeat, q.KSNRepeat, call.HostSealRepeat, call.HostMACRepeat, icc); err != nil {
		return call.Authorised{}, err
	}
	return out, lastLook(&out, &h.card.PAN)
}

// completed is DE 55 with the card's last word in place of its first.
func (h *held) completed(q *call.Complete) ([]byte, error) {
	list, err := tlv.Parse(h.icc)
	if err != nil {
		return nil, call.CodeInternal
	}
	icc, err := hostmsg.ICC(func(tag tlv.Tag) ([]byte, bool) {
		switch {
		case tag == tlv.Tag9F26ApplicationCryptogram:
			return q.Cryptogram[:], true
		case tag == tlv.Tag9F27CryptogramInformationData:
			return []byte{transactionCertificate}, true
		case tag == tlv.Tag95TerminalVerificationResults:
			return q.TVR[:], true
		case tag == tlv.Tag9F10IssuerApplicationData && len(q.IAD) > 0:
			return q.IAD, true
		}
		return list.Find(tag)
	})
	if err == nil && h.card.PAN.Within(icc) {
		err = call.CodeCardData
	}
	return icc, err
}

// transactionCertificate is 9F27 of a TC (EMV 4.4 Book 3, table 15).
const transactionCertificate = 0x40

// offline builds one of the two frames, each with the account data under its own KSN.
func (a *App) offline(mti string, ksn [12]byte, seal, mac uint32, icc []byte) ([]byte, error) {
	var room [hostspec.MaxSealedAccount]byte
	defer clear(room[:])
	sealed, err := a.kernel.seal(seal, a.held.card.AppendTLV(room[:0]))
	if err != nil {
		return nil, err
	}
	r := hostmsg.Request{KSN: ksn, Card: a.held.shown, Account: sealed, ICC: icc, Token: a.held.token}
	message, err := a.messages.Offline(mti, &a.held.terms, &r)
	if err != nil {
		return nil, err
	}
	return a.kernel.mac(mac, message)
}
