package cardview

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/reader/iso7816"
)

// ErrTooMany ends a card that does not come to an end.
var ErrTooMany = errors.New("cardview: card takes too many commands")

// An exchange is a command and its answer, in the clear.
type exchange struct{ command, answer []byte }

// A recorder sends commands to a card and keeps what was said.
type recorder struct {
	link      *iso7816.Link
	exchanges []exchange
}

// send returns the answer, which the recorder keeps, and whether the card is
// still there.
func (r *recorder) send(ctx context.Context, capdu []byte) ([]byte, error) {
	if len(r.exchanges) == maxExchanges {
		return nil, ErrTooMany
	}
	rapdu, err := r.link.Exchange(ctx, capdu)
	if err != nil {
		return nil, err
	}
	e := exchange{append([]byte(nil), capdu...), append([]byte(nil), rapdu...)}
	r.exchanges = append(r.exchanges, e)
	r.link.Wipe()
	return e.answer, nil
}

// A View is what was said, ready to be shown without account data.
type View struct {
	exchanges []exchange
	guard     guard
	tags      map[uint32]entry
	lists     lists
	outcome   string // of a transaction; empty after Read
}

// Wipe clears everything.
func (v *View) Wipe() {
	for _, e := range v.exchanges {
		clear(e.command)
		clear(e.answer)
	}
	v.exchanges = nil
	v.guard.wipe()
}

func splitAnswer(rapdu []byte) (body, status []byte) {
	n := len(rapdu) - 2
	return rapdu[:n:n], rapdu[n:]
}
