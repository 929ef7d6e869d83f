package reading

import (
	"context"

	"github.com/strongroom-pos/strongroom/reader/internal/magstripe"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
)

// A Whitelist names cards that are no payment cards. They are told apart from
// payment cards that are not accepted, and that is all: nothing of them leaves the
// reader, and they are never asked to pay.
type Whitelist struct {
	AIDs     [][]byte // whole names of applications
	Prefixes []string // digits that numbers on stripes begin with
}

// onStripe recognises a stripe.
func (w Whitelist) onStripe(s *magstripe.Stripe) bool {
	for _, p := range w.Prefixes {
		if s.Begins(p) {
			return true
		}
	}
	return false
}

// onChip selects the listed applications, in their order, on a card that had none
// to pay with. Nothing but the status word of the answer is looked at.
func (w Whitelist) onChip(ctx context.Context, l *iso7816.Link, r *Reader) bool {
	if l == nil || len(w.AIDs) == 0 {
		return false
	}
	defer l.Wipe()
	for _, aid := range w.AIDs {
		answer, err := r.selects(ctx, l, aid)
		if err != nil || ctx.Err() != nil {
			return false
		}
		if n := len(answer); n >= 2 && answer[n-2] == 0x90 && answer[n-1] == 0 {
			return true
		}
	}
	return false
}

// selects sends one SELECT by name.
func (r *Reader) selects(ctx context.Context, l *iso7816.Link, aid []byte) ([]byte, error) {
	command, err := iso7816.Command{INS: 0xA4, P1: 0x04, Data: aid, Expect: iso7816.ExpectAll}.Append(nil)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.APDU)
	defer cancel()
	return l.Exchange(ctx, command)
}
