package application

import (
	"context"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// Follow builds the host messages of what needs no card, under three fresh KSNs.
func (a *Application) Follow(ctx context.Context, e transaction.Follow) transaction.Event {
	at, err := a.of(ctx, e.Order)
	if err != nil {
		return transaction.WorkFailed{Order: e.Order, Code: call.CodeInternal}
	}
	m, err := a.keys.Reserve(3)
	if err != nil {
		return transaction.WorkFailed{Order: e.Order, Code: call.CodeKey}
	}
	defer m.Wipe()
	keys, err := m.VerificationKeys()
	if err != nil {
		return transaction.WorkFailed{Order: e.Order, Code: call.CodeKey}
	}
	at.session.messages = m
	defer func() { at.session.messages = nil }()
	at.session.permit(call.HostMACRequest, call.HostMACReversal, call.HostMACRepeat)
	var out call.Authorised
	code := ask(ctx, at, call.OpFollow, call.Follow{Terms: e.Terms, Void: e.Void, Last: e.Last, Origin: e.Origin, Token: e.Token,
		KSNRequest: m.KSN(0), KSNReversal: m.KSN(1), KSNRepeat: m.KSN(2)}, &out)
	if code != 0 {
		return transaction.WorkFailed{Order: e.Order, Code: code}
	}
	return transaction.Authorised{Order: e.Order, Keys: keys, Authorised: out}
}

// Complete builds the advice of what the card has approved by itself.
func (a *Application) Complete(ctx context.Context, e transaction.Complete) transaction.Event {
	failed := transaction.WorkFailed{Order: e.Order, Code: call.CodeKey}
	if a.attempt == nil || a.attempt.order != e.Order {
		failed.Code = call.CodeInternal // its instance has the card, and is gone
		return failed
	}
	at := a.attempt
	m, err := a.keys.Reserve(3)
	if err != nil {
		return failed
	}
	defer m.Wipe()
	keys, err := m.VerificationKeys()
	if err != nil {
		return failed
	}
	at.session.messages, at.session.sealFirst = m, 1
	defer func() { at.session.messages, at.session.sealFirst = nil, 0 }()
	at.session.permit(call.HostSealAccount, call.HostSealRepeat, call.HostMACReversal, call.HostMACRepeat)
	var out call.Authorised
	if failed.Code = ask(ctx, at, call.OpComplete, call.Complete{Terms: e.Terms, Cryptogram: e.Cryptogram, TVR: e.TVR, IAD: e.IAD,
		KSNReversal: m.KSN(1), KSNRepeat: m.KSN(2)}, &out); failed.Code != 0 {
		return failed
	}
	return transaction.Completed{Order: e.Order, Keys: keys, Reversal: out.Reversal, Repeat: out.Repeat}
}

// CheckFollow verifies what may answer the first frame or its repeat.
func (a *Application) CheckFollow(ctx context.Context, e transaction.CheckFollow) transaction.Event {
	var out call.Settled
	op, question := call.OpCheckAdvice, func(ksn [12]byte) any {
		return call.CheckAdvice{Terms: e.Terms, KSN: ksn, Frame: e.Frame}
	}
	if e.Void {
		op, question = call.OpCheckReversal, func(ksn [12]byte) any {
			return call.CheckReversal{Terms: e.Terms, KSN: ksn, Frame: e.Frame}
		}
	}
	code := a.verify(ctx, op, e.Keys, firstOrRepeat(), question, &out)
	return transaction.FollowChecked{ID: e.ID, Code: code, Settled: out}
}

// BuildSettle builds an 0500 under a fresh KSN.
func (a *Application) BuildSettle(ctx context.Context, e transaction.BuildSettle) transaction.Event {
	frame, keys, code := a.build(ctx, call.OpSettle, func(ksn [12]byte) any {
		return call.Settle{Terms: e.Terms, Totals: e.Totals, KSN: ksn}
	})
	return transaction.SettleBuilt{RRN: e.Terms.RRN, Code: code, Frame: frame, Keys: keys}
}

// BuildItems builds an 0600 under a fresh KSN.
func (a *Application) BuildItems(ctx context.Context, e transaction.BuildItems) transaction.Event {
	frame, keys, code := a.build(ctx, call.OpItems, func(ksn [12]byte) any {
		return call.Items{Terms: e.Terms, Page: e.Page, KSN: ksn}
	})
	return transaction.ItemsBuilt{RRN: e.Terms.RRN, Code: code, Frame: frame, Keys: keys}
}

// CheckSettle verifies an 0510.
func (a *Application) CheckSettle(ctx context.Context, e transaction.CheckSettle) transaction.Event {
	out := transaction.SettleChecked{RRN: e.Terms.RRN}
	out.Code = a.verify(ctx, call.OpCheckSettle, e.Keys, single(), func(ksn [12]byte) any {
		return call.CheckSettle{Terms: e.Terms, KSN: ksn, Frame: e.Frame}
	}, &out.Totalled)
	return out
}

// CheckItems verifies an 0610.
func (a *Application) CheckItems(ctx context.Context, e transaction.CheckItems) transaction.Event {
	out := transaction.ItemsChecked{RRN: e.Terms.RRN}
	out.Code = a.verify(ctx, call.OpCheckItems, e.Keys, single(), func(ksn [12]byte) any {
		return call.CheckItems{Terms: e.Terms, KSN: ksn, Frame: e.Frame}
	}, &out.Itemised)
	return out
}
