package reading

import (
	"context"

	"github.com/strongroom-pos/strongroom/reader/internal/slot"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// again reports whether an order goes on with the card of the last one. Between
// payments a card must leave, so that none is charged that its owner forgot in
// the slot. A further attempt at the same payment (after a wrong PIN) is no new
// payment: the cardholder stands there and was told to leave the card in, so
// the transaction starts again at application selection. Only the very same
// card session will do; after a pull what answers may be another card.
func (r *Reader) again(t sred.Take) bool {
	if r.held == nil || t.Attempt < 2 || !t.Interfaces.Has(sred.InterfaceChip) {
		return false
	}
	last, now := r.held.take, r.now()
	return t.Attempt == last.Attempt+1 && t.Amount == last.Amount && t.Other == last.Other && t.Currency == last.Currency &&
		now.Present && now.Insertion == r.held.insertion
}

func (r *Reader) now() slot.Status {
	s, _ := r.Slot.Look()
	return s
}

// insertion deals with a card that was put into the slot.
func (v *visit) insertion(ctx context.Context, s slot.Status) (byte, any, bool) {
	v.end()
	if s.Mute {
		return v.chipFailed()
	}
	v.order.progress(sred.StageCardInserted)
	h, failed := v.connect(ctx, s)
	if h == nil && failed {
		return v.chipFailed()
	}
	if h == nil { // pulled before it was reset
		v.reinvite()
		return v.goOn()
	}
	return v.contact(ctx, h)
}

// connect opens the card session. failed says that the chip did not answer as a
// payment card's does, although it is there.
func (v *visit) connect(ctx context.Context, s slot.Status) (h *held, failed bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), openDeadline)
	defer cancel()
	conn, err := v.Open(ctx, v.Slot.Name())
	if err != nil {
		return nil, v.still(s)
	}
	v.held = &held{link: iso7816.NewLink(conn), insertion: s.Insertion, take: v.order.Take}
	if _, err := iso7816.ParseATR(conn.ATR()); err != nil || !v.still(s) {
		v.Release()
		return nil, err != nil
	}
	return v.held, false
}

// still reports whether the card of this insertion is there.
func (v *visit) still(s slot.Status) bool {
	now := v.now()
	return now.Present && now.Insertion == s.Insertion
}

// chipFailed counts real failures of a chip. After the last the stripe is taken,
// where the order opens it; a chip that was read as far as the processing options
// never comes here.
func (v *visit) chipFailed() (byte, any, bool) {
	v.Release()
	v.failures++
	switch {
	case v.failures < v.rules.ChipFailures:
		v.reopenTap() // which asks for a card: the reason comes after it
		v.order.progress(sred.StageReadAgain)
		v.Display.ReadAgain(v.order.amount())
	case v.order.Take.Interfaces.Has(sred.InterfaceStripe) && v.Stripes != nil:
		v.fallback, v.open = true, sred.InterfaceStripe
		v.drain()
		v.order.progress(sred.StageUseStripe)
		v.ask()
	default:
		return v.fails(sred.CodeCardError)
	}
	return v.goOn()
}

// reinvite shows again what is open.
func (v *visit) reinvite() {
	v.reopenTap()
	v.ask()
}

// reopenTap prepares the field anew after an insertion has closed it.
func (v *visit) reopenTap() {
	if v.open.Has(sred.InterfaceContactless) && !v.tap.ready {
		v.startTap()
	}
}

// lost finds out why a card no longer answers.
func (r *Reader) lost(h *held) sred.Code {
	ctx, cancel := context.WithTimeout(context.Background(), removalNotice)
	defer cancel()
	now, _ := r.Slot.Wait(ctx, func(s slot.Status) bool { return gone(s, h) })
	switch {
	case !now.Attached:
		return sred.CodeReaderLost
	case gone(now, h):
		return sred.CodeCardRemoved
	}
	return sred.CodeCardError
}

// gone reports whether the card of h is no longer there.
func gone(s slot.Status, h *held) bool { return !s.Present || s.Insertion != h.insertion }
