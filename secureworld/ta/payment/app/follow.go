package app

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/hostmsg"
)

// follow builds the messages of what needs no card.
func (a *App) follow(q *call.Follow) (call.Authorised, error) {
	out := call.Authorised{Token: q.Token, Entry: payment.EntryModeStored}
	reversal, repeat, err := a.followed(q)
	if err != nil {
		return call.Authorised{}, err
	}
	if !q.Void && q.Terms.Type != payment.TypeCapture {
		request, err := a.messages.Follow(q)
		if err != nil {
			return call.Authorised{}, err
		}
		if out.Request, err = a.kernel.mac(call.HostMACRequest, request); err != nil {
			return call.Authorised{}, err
		}
	}
	if out.Reversal, err = a.kernel.mac(call.HostMACReversal, reversal); err != nil {
		return call.Authorised{}, err
	}
	out.Repeat, err = a.kernel.mac(call.HostMACRepeat, repeat)
	return out, err
}

// followed are the two frames that are repeated until they are answered.
func (a *App) followed(q *call.Follow) (first, repeat []byte, err error) {
	ms := a.messages
	var build func(mti string, ksn [12]byte) ([]byte, error)
	one, two := hostspec.MTIReversal, hostspec.MTIReversalRepeat
	switch {
	case q.Void:
		build = func(mti string, ksn [12]byte) ([]byte, error) { return ms.Void(mti, q, ksn) }
	case q.Terms.Type == payment.TypeCapture:
		one, two = hostspec.MTIAdvice, hostspec.MTIAdviceRepeat
		build = func(mti string, ksn [12]byte) ([]byte, error) { return ms.Capture(mti, q, ksn) }
	default:
		if first, err = ms.Reversal(&q.Terms, hostmsg.Stored(), q.KSNReversal); err == nil {
			repeat, err = ms.Repeat(&q.Terms, hostmsg.Stored(), q.KSNRepeat)
		}
		return first, repeat, err
	}
	if first, err = build(one, q.KSNReversal); err == nil {
		repeat, err = build(two, q.KSNRepeat)
	}
	return first, repeat, err
}

// settle builds an 0500.
func (a *App) settle(q *call.Settle) (call.Networked, error) {
	return a.single(a.messages.Settle(q))
}

// items builds an 0600.
func (a *App) items(q *call.Items) (call.Networked, error) {
	return a.single(a.messages.Items(q))
}

// single authenticates a message that has no other beside it.
func (a *App) single(message []byte, err error) (call.Networked, error) {
	if err != nil {
		return call.Networked{}, err
	}
	frame, err := a.kernel.mac(call.HostMACRequest, message)
	return call.Networked{Frame: frame}, err
}

// checkSettle verifies an 0510.
func (a *App) checkSettle(q *call.CheckSettle) (call.Totalled, error) {
	if err := a.kernel.check(q.Frame); err != nil {
		return call.Totalled{}, err
	}
	return a.messages.SettleAnswer(q.Frame, &q.Terms, q.KSN)
}

// checkItems verifies an 0610.
func (a *App) checkItems(q *call.CheckItems) (call.Itemised, error) {
	if err := a.kernel.check(q.Frame); err != nil {
		return call.Itemised{}, err
	}
	return a.messages.ItemsAnswer(q.Frame, &q.Terms, q.KSN)
}
