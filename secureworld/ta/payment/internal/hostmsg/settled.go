package hostmsg

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// ReversalAnswer reads an 0430 whose MAC was verified, to an 0420 or to its
// repeat: the KSN tells them apart.
func (ms *Messages) ReversalAnswer(frame []byte, t *call.Terms, ksn [12]byte) (call.Settled, error) {
	a, err := ms.answer(frame, hostspec.MTIReversalAnswer, startFinancial(hostspec.MTIReversalAnswer, t, Card{}), ksn)
	if err != nil {
		return call.Settled{}, err
	}
	return call.Settled{Settled: hostspec.SettlesReversal(a.code()), Response: a.response}, nil
}
