package app

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/account"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/hostmsg"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/unseal"
)

// build makes the three frames of an attempt, each under a KSN and a MAC of its
// own.
func (a *App) build(out *call.Authorised, q *call.Authorise, how hostspec.EntryMode, card *account.Account, chip unseal.EMV) error {
	shown := hostmsg.Card{Entry: how}
	shown.Sequence, shown.HasSequence = card.Sequence()
	icc, err := iccOf(how, card, chip)
	if err != nil {
		return err
	}
	if q.Terms.Offline {
		return a.hold(out, q, shown, card, icc)
	}
	request, err := a.request(q, out.Token, shown, card, icc)
	if err != nil {
		return err
	}
	return a.authenticate(out, q, shown, card, request)
}

// authenticate adds the frames that would reverse the request, and the MACs.
func (a *App) authenticate(out *call.Authorised, q *call.Authorise, shown hostmsg.Card, card *account.Account, request []byte) error {
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

// iccOf is DE 55 of an entry mode, nil where it has none.
func iccOf(how hostspec.EntryMode, card *account.Account, chip unseal.EMV) ([]byte, error) {
	var icc []byte
	var err error
	switch how {
	case hostspec.EntryChip, hostspec.EntryContactlessChip:
		icc, err = hostmsg.ICC(chip.Value)
	case hostspec.EntryContactlessStripe:
		icc, err = hostmsg.Checksum(chip.Value)
	}
	if err != nil {
		return nil, err
	}
	if card.PAN.Within(icc) {
		return nil, call.CodeCardData // the card hid its number in its own application data
	}
	return icc, nil
}

// request seals the account data and builds the 0200 without its MAC.
func (a *App) request(q *call.Authorise, token payment.Token, shown hostmsg.Card, card *account.Account, icc []byte) ([]byte, error) {
	var room [hostspec.MaxSealedAccount]byte
	defer clear(room[:])
	sealed, err := a.kernel.seal(call.HostSealAccount, card.AppendTLV(room[:0]))
	if err != nil {
		return nil, err
	}
	r := hostmsg.Request{KSN: q.KSNRequest, Card: shown, Account: sealed, ICC: icc, Token: token}
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
