package hostmsg

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Advice builds the 0220 of a request with these terms, without its MAC. DE 55 has
// the card's last cryptogram, 95, 9B and 9F5B: fixed lengths from the reader's
// results, no room for account data. The result has hostspec.MACSize bytes of room.
func (ms *Messages) Advice(q *call.Advice) ([]byte, error) {
	if err := CheckTerms(&q.Terms); err != nil {
		return nil, err
	}
	if n := len(q.Scripts); n == 0 || n%scriptResult != 0 {
		return nil, call.CodeMalformed
	}
	m := startFinancial(hostspec.MTIAdvice, &q.Terms, Card{Entry: hostspec.EntryChip})
	m.Set(dePrivate, hostspec.AppendPrivate(nil, hostspec.Element{Tag: hostspec.PrivateKSN, Value: q.KSN[:]}))
	icc := tlv.Append(nil, tlv.Tag95TerminalVerificationResults, q.TVR[:])
	icc = tlv.Append(icc, tlv.Tag9BTransactionStatusInformation, q.TSI[:])
	icc = tlv.Append(icc, tlv.Tag9F26ApplicationCryptogram, q.Cryptogram[:])
	m.Set(deICC, tlv.Append(icc, tlv.Tag9F5BIssuerScriptResults, q.Scripts))
	m.Set(deOriginal, originalData(&q.Terms))
	return ms.pack(m)
}

// AdviceAnswer reads an 0230 whose MAC was verified. Whatever the host says of it,
// there is nothing to repeat.
func (ms *Messages) AdviceAnswer(frame []byte, t *call.Terms, ksn [12]byte) (call.Settled, error) {
	a, err := ms.answer(frame, hostspec.MTIAdviceAnswer, startFinancial(hostspec.MTIAdviceAnswer, t, Card{}), ksn)
	if err != nil {
		return call.Settled{}, err
	}
	return call.Settled{Settled: true, Response: a.response, Decline: declineOf(hostspec.CategoryOf(a.code()))}, nil
}
