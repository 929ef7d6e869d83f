package reading

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/reader/internal/slot"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// card gives the card session for an order, or the code to fail with.
func (r *Reader) card(ctx context.Context, o *Order) (*held, sred.Code) {
	if r.again(o.Take) {
		r.held.take = o.Take
		return r.held, sred.CodeNone
	}
	r.Release()
	ctx, cancel := context.WithTimeout(ctx, time.Duration(o.Take.TimeoutSeconds)*time.Second)
	defer cancel()
	for {
		status, code := r.insertion(ctx, o)
		if code != sred.CodeNone {
			return nil, code
		}
		if code, again := r.connect(ctx, o, status); code != sred.CodeNone || !again {
			return r.held, code
		}
	}
}

// again reports whether an order goes on with the card of the last one. Between
// payments a card must leave, so that none is charged that its owner forgot in
// the slot. A further attempt at the same payment (after a wrong PIN) is no new
// payment: the cardholder stands there and was told to leave the card in, so
// the transaction starts again at application selection. Only the very same
// card session will do; after a pull what answers may be another card.
func (r *Reader) again(t sred.Take) bool {
	if r.held == nil || t.Attempt < 2 {
		return false
	}
	last, now := r.held.take, r.now()
	return t.Attempt == last.Attempt+1 && t.Amount == last.Amount && t.Currency == last.Currency &&
		now.Present && now.Insertion == r.held.insertion
}

func (r *Reader) now() slot.Status {
	s, _ := r.Slot.Look()
	return s
}

// insertion waits until the slot was empty and a card was put in.
func (r *Reader) insertion(ctx context.Context, o *Order) (slot.Status, sred.Code) {
	if r.now().Present {
		o.progress(sred.StageCardPresent)
		r.Display.RemoveCardFirst(o.amount())
		if _, code := r.wait(ctx, func(s slot.Status) bool { return !s.Present }); code != sred.CodeNone {
			return slot.Status{}, code
		}
		o.progress(sred.StageCardGone)
	}
	r.Display.InsertCard(o.amount())
	return r.wait(ctx, func(s slot.Status) bool { return s.Present })
}

// wait waits for the slot, the reader's loss, a Stop or the time-out.
func (r *Reader) wait(ctx context.Context, ok func(slot.Status) bool) (slot.Status, sred.Code) {
	s, err := r.Slot.Wait(ctx, func(s slot.Status) bool { return !s.Attached || ok(s) })
	switch {
	case err == nil && s.Attached:
		return s, sred.CodeNone
	case err == nil:
		return s, sred.CodeReaderLost
	case ctx.Err() == context.DeadlineExceeded:
		return s, sred.CodeTimeout
	}
	return s, sred.CodeStopped
}

// connect opens the card session. again says that this insertion came to
// nothing and the next one counts: a card that is mute, because it was put in
// upside down, or that was pulled before it was reset.
func (r *Reader) connect(ctx context.Context, o *Order, s slot.Status) (code sred.Code, again bool) {
	if s.Mute {
		return sred.CodeNone, true
	}
	o.progress(sred.StageCardInserted)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), openDeadline)
	defer cancel()
	conn, err := r.Open(ctx, r.Slot.Name())
	if err != nil {
		return r.unopened(s)
	}
	r.held = &held{link: iso7816.NewLink(conn), insertion: s.Insertion, take: o.Take}
	if _, err := iso7816.ParseATR(conn.ATR()); err != nil || r.now().Insertion != s.Insertion {
		r.Release()
		return sred.CodeCardError, false
	}
	return sred.CodeNone, false
}

func (r *Reader) unopened(s slot.Status) (code sred.Code, again bool) {
	if now := r.now(); !now.Present || now.Insertion != s.Insertion {
		return sred.CodeNone, true
	}
	return sred.CodeCardError, false
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
