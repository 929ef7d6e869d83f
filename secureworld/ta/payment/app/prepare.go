package app

import (
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/account"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/unseal"
)

// preparePIN opens envelope 1 and seals its PAN to the PIN pad. The PAN stays
// until envelope 2 came, which must name the same.
func (a *App) preparePIN(q *call.PreparePIN) (call.PINPrepared, error) {
	plaintext, err := a.kernel.open(call.HostOpenVerify, &q.Envelope)
	if err != nil {
		return call.PINPrepared{}, err
	}
	var card account.Account
	defer card.Wipe()
	if unseal.Account(plaintext, &card) != nil || !a.sameNumber(&card.PAN) {
		return call.PINPrepared{}, call.CodeCardData
	}
	a.prepared.Copy(&card.PAN)
	return a.sealPAN()
}

// sealPAN has the PAN sealed where it lies in the answer, which is cleared unless
// that was done.
func (a *App) sealPAN() (call.PINPrepared, error) {
	var answer call.PINPrepared
	pan := answer.SealedPAN[:account.MaxPAN]
	a.prepared.Fill((*[account.MaxPAN]byte)(pan))
	if _, err := a.kernel.seal(call.HostSealPAN, pan); err != nil {
		clear(answer.SealedPAN[:])
		return call.PINPrepared{}, err
	}
	if a.prepared.Within(answer.SealedPAN[:]) {
		clear(answer.SealedPAN[:])
		return call.PINPrepared{}, call.CodeInternal // said to be sealed, and is not
	}
	return answer, nil
}
