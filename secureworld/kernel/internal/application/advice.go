package application

import (
	"context"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// BuildAdvice builds an 0220 under a fresh KSN.
func (a *Application) BuildAdvice(ctx context.Context, e transaction.BuildAdvice) transaction.Event {
	failed := transaction.AdviceBuilt{RRN: e.Advising.Terms.RRN, Code: call.CodeKey}
	m, err := a.keys.Reserve(1)
	if err != nil {
		return failed
	}
	defer m.Wipe()
	keys, err := m.VerificationKeys()
	if err != nil {
		return failed
	}
	var out call.Networked
	code := a.alone(ctx, func(at *attempt) call.Code {
		at.session.messages = m
		at.session.permit(call.HostMACRequest)
		v := e.Advising
		return ask(ctx, at, call.OpAdvice, call.Advice{Terms: v.Terms, KSN: m.KSN(0), Cryptogram: v.Cryptogram,
			TVR: v.TVR, TSI: v.TSI, Scripts: v.Scripts}, &out)
	})
	return transaction.AdviceBuilt{RRN: failed.RRN, Code: code, Frame: out.Frame, Keys: keys}
}

// CheckAdvice verifies an 0230.
func (a *Application) CheckAdvice(ctx context.Context, e transaction.CheckAdvice) transaction.Event {
	var out call.Settled
	code := a.alone(ctx, func(at *attempt) call.Code {
		return a.check(ctx, at, call.OpCheckAdvice, e.Keys, 0, func(ksn [12]byte) any {
			return call.CheckAdvice{Terms: e.Terms, KSN: ksn, Frame: e.Frame}
		}, &out)
	})
	return transaction.AdviceChecked{RRN: e.Terms.RRN, Code: code, Settled: out}
}
