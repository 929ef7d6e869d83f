package application

import (
	"context"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// BuildAdvice builds an 0220 under a fresh KSN.
func (a *Application) BuildAdvice(ctx context.Context, e transaction.BuildAdvice) transaction.Event {
	v := e.Advising
	frame, keys, code := a.build(ctx, call.OpAdvice, func(ksn [12]byte) any {
		return call.Advice{Terms: v.Terms, KSN: ksn, Cryptogram: v.Cryptogram, TVR: v.TVR, TSI: v.TSI, Scripts: v.Scripts}
	})
	return transaction.AdviceBuilt{RRN: v.Terms.RRN, Code: code, Frame: frame, Keys: keys}
}

// CheckAdvice verifies an 0230.
func (a *Application) CheckAdvice(ctx context.Context, e transaction.CheckAdvice) transaction.Event {
	var out call.Settled
	code := a.verify(ctx, call.OpCheckAdvice, e.Keys, single(), func(ksn [12]byte) any {
		return call.CheckAdvice{Terms: e.Terms, KSN: ksn, Frame: e.Frame}
	}, &out)
	return transaction.AdviceChecked{RRN: e.Terms.RRN, Code: code, Settled: out}
}
