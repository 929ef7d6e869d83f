package reading

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/reader/internal/magstripe"
	"github.com/strongroom-pos/strongroom/reader/internal/slot"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// A visit is the cardholder's time at the reader: one order, with as many cards
// and interfaces as it takes.
type visit struct {
	*Reader
	order *Order
	rules *Rules

	open     sred.Interfaces // that are offered now
	failures int             // of the chip
	fallback bool            // the chip has failed for good
	seen     uint64          // the insertion that was dealt with last
	tap      tap
	torn     torn
	relay    relay
}

// A presentation is what the cardholder did.
type presentation struct {
	inserted *slot.Status
	tapped   *slot.Status
	swipe    *magstripe.Swipe
}

// end forgets the taps: the order is over, or another interface is taken.
func (v *visit) end() {
	v.tap.wipe()
	v.torn.wipe()
}

// deadline bounds the wait for a card, not what comes after it.
func (v *visit) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Duration(v.order.Take.TimeoutSeconds)*time.Second)
}

// cleared waits until slot and field are empty of what was in them when the order
// began, so that nobody pays with a card that its owner forgot. A card that came
// since, as fast as it may, has been presented.
func (v *visit) cleared(ctx context.Context) sred.Code {
	ctx, cancel := v.deadline(ctx)
	defer cancel()
	first, _ := v.Slot.Look()
	near, _ := v.Field.Look()
	told := false
	for {
		s, changed := v.Slot.Look()
		f, tapped := v.Field.Look()
		if !still(first, s) && !still(near, f) {
			if told {
				v.order.progress(sred.StageCardGone)
			}
			v.seen, v.tap.seen = first.Insertion, near.Insertion
			return sred.CodeNone
		}
		if !told {
			told = true
			v.order.progress(sred.StageCardPresent)
			v.Display.RemoveCardFirst(v.order.amount())
		}
		select {
		case <-changed:
		case <-tapped:
		case <-ctx.Done():
			return timedOut(ctx)
		}
	}
}

// still tells that the card of before is there.
func still(before, now slot.Status) bool {
	return before.Present && now.Present && now.Insertion == before.Insertion
}

func timedOut(ctx context.Context) sred.Code {
	if ctx.Err() == context.DeadlineExceeded {
		return sred.CodeTimeout
	}
	return sred.CodeStopped
}

// invite begins a visit: swipes from before are gone, and the field is prepared
// where the order opens it.
func (v *visit) invite() {
	v.drain()
	f, _ := v.Field.Look()
	if v.open.Has(sred.InterfaceContactless) && f.Attached {
		v.startTap()
	} else {
		v.open &^= sred.InterfaceContactless
	}
	if v.Stripes == nil {
		v.open &^= sred.InterfaceStripe
	}
	v.ask()
}

// drain forgets swipes that nobody asked for.
func (v *visit) drain() {
	for {
		select {
		case s := <-v.Stripes:
			wipe(s)
		default:
			return
		}
	}
}

func wipe(s magstripe.Swipe) {
	if s.Stripe != nil {
		s.Stripe.Wipe()
	}
}

// ask shows what is open.
func (v *visit) ask() {
	a, c := v.order.amount()
	v.Display.Present(a, c, v.open)
}

// wait returns what the cardholder did, or why nothing more will come.
func (v *visit) wait(ctx context.Context) (presentation, sred.Code) {
	ctx, cancel := v.deadline(ctx)
	defer cancel()
	for {
		s, changed := v.Slot.Look()
		f, tapped := v.Field.Look()
		switch {
		case !s.Attached:
			return presentation{}, sred.CodeReaderLost
		case v.inserted(s):
			v.seen = s.Insertion
			return presentation{inserted: &s}, sred.CodeNone
		case v.tapped(f):
			v.tap.seen = f.Insertion
			return presentation{tapped: &f}, sred.CodeNone
		}
		select {
		case w := <-v.stripes():
			return presentation{swipe: &w}, sred.CodeNone
		case <-changed:
		case <-tapped:
		case <-v.torn.expires:
			v.torn.wipe()
		case <-ctx.Done():
			return presentation{}, timedOut(ctx)
		}
	}
}

func (v *visit) inserted(s slot.Status) bool {
	return v.open.Has(sred.InterfaceChip) && s.Present && s.Insertion != v.seen
}

// tapped looks for a card in the field. A collision is over once the field is
// empty.
func (v *visit) tapped(f slot.Status) bool {
	if v.tap.collided && !f.Present {
		v.tapAgain()
	}
	return v.open.Has(sred.InterfaceContactless) && v.tap.ready && f.Present && f.Insertion != v.tap.seen
}

// stripes is the head while it is wanted. A chip card's stripe is refused while
// its chip may still be read, and the cardholder is told so.
func (v *visit) stripes() <-chan magstripe.Swipe {
	if !v.open.Has(sred.InterfaceStripe) {
		return nil
	}
	return v.Stripes
}

// take deals with one presentation.
func (v *visit) take(ctx context.Context, p presentation) (kind byte, message any, done bool) {
	switch {
	case p.inserted != nil:
		return v.insertion(ctx, *p.inserted)
	case p.tapped != nil:
		return v.tapping(ctx, *p.tapped)
	}
	return v.swiping(ctx, *p.swipe)
}

func (v *visit) over(kind byte, message any) (byte, any, bool) { return kind, message, true }

func (v *visit) fails(c sred.Code) (byte, any, bool) { return v.over(v.order.failed(c)) }

// goOn says that another presentation is waited for.
func (v *visit) goOn() (byte, any, bool) { return 0, nil, false }
