package application

import (
	"context"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// Authorities finds the key of a certification authority in the signed parameters,
// with what is revoked under it.
type Authorities func(call.CAKeyQuestion) (call.CAKeyAnswer, bool)

// VerifyChain opens a chain envelope and has the card's key for PINs recovered.
// digest is that of the order which the envelope answers.
func (a *Application) VerifyChain(ctx context.Context, e transaction.VerifyChain, digest [32]byte) transaction.Event {
	at, err := a.of(ctx, e.Order)
	if err != nil {
		return transaction.WorkFailed{Order: e.Order, Code: call.CodeInternal}
	}
	s := at.session
	s.digest, s.ksn, s.number = digest, e.Envelope.KSN, sred.NumberChain
	s.permit(call.HostOpenChain, call.HostCAKey)
	var out call.ChainVerified
	if code := ask(ctx, at, call.OpVerifyChain, call.VerifyChain{Date: e.Date, Envelope: e.Envelope.Sealed}, &out); code != 0 {
		return transaction.WorkFailed{Order: e.Order, Code: code}
	}
	return transaction.ChainVerified{Order: e.Order, ChainVerified: out}
}

// authority answers the question that mem holds, in place.
func authority(s *session, mem []byte) (int, call.Code) {
	var q call.CAKeyQuestion
	if frame.Parse(mem, &q) != nil {
		return 0, call.CodeMalformed
	}
	if s.authorities == nil {
		return 0, call.CodeKey
	}
	answer, found := s.authorities(q)
	if !found {
		return 0, call.CodeKey
	}
	out, err := frame.Append(nil, answer)
	if err != nil || len(out) > cap(mem) {
		return 0, call.CodeInternal
	}
	return copy(mem[:cap(mem)], out), 0
}
