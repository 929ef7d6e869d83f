package app

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/account"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/hostmsg"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/unseal"
)

// build makes the three frames of an attempt, each under a KSN and a MAC of its
// own.
func (a *App) build(out *call.Authorised, q *call.Authorise, card *account.Account, chip unseal.EMV) error {
	var shown hostmsg.Card
	shown.Sequence, shown.HasSequence = card.Sequence()
	request, err := a.request(q, shown, card, chip)
	if err != nil {
		return err
	}
	reversal, err := a.messages.Reversal(&q.Terms, shown, q.KSNReversal)
	if err != nil {
		return err
	}
	repeat, err := a.messages.Repeat(&q.Terms, shown, q.KSNRepeat)
	if err != nil {
		return err
	}
	if out.Request, err = a.kernel.mac(call.HostMACRequest, request); err != nil {
		return err
	}
	if out.Reversal, err = a.kernel.mac(call.HostMACReversal, reversal); err != nil {
		return err
	}
	if out.Repeat, err = a.kernel.mac(call.HostMACRepeat, repeat); err != nil {
		return err
	}
	return lastLook(out, &card.PAN)
}

// request seals the account data and builds the 0200 without its MAC.
func (a *App) request(q *call.Authorise, shown hostmsg.Card, card *account.Account, chip unseal.EMV) ([]byte, error) {
	icc, err := hostmsg.ICC(chip.Value)
	if err != nil {
		return nil, err
	}
	if card.PAN.Within(icc) {
		return nil, call.CodeCardData // the card hid its number in its own application data
	}
	var room [hostspec.MaxSealedAccount]byte
	defer clear(room[:])
	sealed, err := a.kernel.seal(call.HostSealAccount, card.AppendTLV(room[:0]))
	if err != nil {
		return nil, err
	}
	r := hostmsg.Request{KSN: q.KSNRequest, Card: shown, Account: sealed, ICC: icc}
	if q.HasPIN {
		r.PIN = &hostmsg.PIN{KSN: q.PINKSN, Block: q.PINBlock}
	}
	return a.messages.Request(&q.Terms, &r)
}

// lastLook refuses an answer that holds the PAN, whoever put it there: a kernel
// that said it had sealed and had not, or a fault of this program.
func lastLook(out *call.Authorised, pan *account.PAN) error {
	for _, b := range [][]byte{out.Request, out.Reversal, out.Repeat, out.Label[:], out.AID.Bytes[:]} {
		if pan.Within(b) {
			return call.CodeInternal
		}
	}
	return nil
}
