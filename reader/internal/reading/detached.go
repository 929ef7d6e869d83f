package reading

import (
	"context"

	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// What comes here is a card that has left, or may: a tap or a swipe. Its data go
// to the host, and the host's word completes the payment; the reader waits for it
// only to show it. A chip of a refund may leave then too: it has given its AAC.

// refund: the card is asked for an AAC alone, whatever the host will say.
func refund(t sred.Take) bool { return t.TransactionType == typeRefund }

// verify has the PIN asked for that an outcome or a stripe demands. False means
// that none came; then code says why the order ends.
func (v *visit) verify(ctx context.Context, d reading) (code sred.Code) {
	e, code := v.seal(v.order, sred.NumberVerify, d)
	if code != sred.CodeNone {
		return code
	}
	v.Display.EnterPIN(v.order.amount())
	v.order.awaits.Store(int32(AwaitsPIN))
	_ = v.order.To.Send(sred.KindVerify, sred.Verify{Order: v.order.Take.Order, Envelope: e})
	ctx, cancel := context.WithTimeout(ctx, longestAnswer)
	defer cancel()
	select {
	case done := <-v.order.pin:
		if done.Result != sred.PINEntered {
			return sred.CodeStopped
		}
		return sred.CodeNone
	case <-ctx.Done():
		return sred.CodeStopped
	}
}

// online sends the data and waits for the host's word.
func (v *visit) online(ctx context.Context, d reading) (byte, any, bool) {
	e, code := v.seal(v.order, sred.NumberOnline, d)
	if code != sred.CodeNone {
		return v.fails(code)
	}
	v.Display.Authorising(v.order.amount())
	v.order.detached.Store(true)
	v.order.awaits.Store(int32(AwaitsHost))
	_ = v.order.To.Send(sred.KindOnline, sred.Online{Order: v.order.Take.Order, Envelope: e})
	ctx, cancel := context.WithTimeout(ctx, longestAnswer)
	defer cancel()
	select {
	case <-v.order.answer:
		return v.over(sred.KindFinished, sred.Finished{Order: v.order.Take.Order, Result: sred.CardNotAsked})
	case <-ctx.Done():
		return v.fails(sred.CodeStopped)
	}
}
