package host

import (
	"context"
	"slices"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/acquirer/internal/ledger"
)

// reversal answers a 0420 or 0421: afterwards nothing is booked, whatever was booked
// before and however often it is asked. The payment's own state tells whether it was
// asked before, so that a void that could not be (61) may be asked for again.
func (h *Host) reversal(ctx context.Context, tx *database.Tx, q *request, p hostspec.Permit) (*codec.Message, error) {
	k := q.payment()
	original, err := hostspec.ParseOriginal(q.message.String(90))
	if err != nil || original.STAN != k.stan || !slices.Contains(reversible(), original.MTI) {
		return q.answer(p, hostspec.ResponseFormatError), nil
	}
	was, err := findPayment(ctx, tx, k)
	switch {
	case err != nil:
		return nil, err
	case was == nil:
		response := hostspec.ResponseNoOriginal
		if asked, err := sendBack(ctx, tx, k); err != nil {
			return nil, err
		} else if asked { // upstream has not answered yet: it is not to be booked
			response = hostspec.ResponseApproved
		}
		return q.answer(p, response), h.refuseLater(ctx, tx, q)
	case was.state == stateRefused:
		return q.answer(p, hostspec.ResponseNoOriginal), nil
	case was.mti != original.MTI:
		return q.answer(p, hostspec.ResponseFormatError), nil
	case was.asked != q.amount() && was.amount != q.amount() || was.currency != q.message.String(49):
		return q.answer(p, hostspec.ResponseInvalidAmount), nil
	case was.state != stateApproved:
		return q.answer(p, hostspec.ResponseApproved), nil
	}
	taken, err := h.takeBack(ctx, tx, q, was)
	if err != nil {
		return nil, err
	}
	if !taken {
		return q.answer(p, hostspec.ResponseLimit), nil
	}
	return q.answer(p, hostspec.ResponseApproved), nil
}

// reversible are the types of message that a reversal may name.
func reversible() []string {
	return []string{hostspec.MTIAuthorisation, hostspec.MTIRequest, hostspec.MTIAdvice}
}

// takeBack undoes a payment that stands, with its parts, or reports that it cannot
// be: something was built on it.
func (h *Host) takeBack(ctx context.Context, tx *database.Tx, q *request, was *life) (taken bool, err error) {
	if was.refunded > 0 {
		return false, nil
	}
	if was.root != 0 {
		root, err := readLife(ctx, tx, was.root)
		if err != nil {
			return false, err
		}
		if !was.leave(root) {
			return false, nil
		}
		if err := root.keep(ctx, tx); err != nil {
			return false, err
		}
	}
	undone := []*life{was}
	if was.kind == kindHold {
		children, err := parts(ctx, tx, was.id)
		if err != nil {
			return false, err
		}
		undone = append(children, was)
	}
	for _, l := range undone {
		if err := undo(ctx, tx, q, l, l != was); err != nil {
			return false, err
		}
	}
	return true, nil
}

// leave takes what l did out of its root, or reports that more was built on it.
func (l *life) leave(root *life) bool {
	switch l.kind {
	case kindIncrement:
		root.held -= l.amount
	case kindReturn:
		root.refunded -= l.amount
	case kindCapture: // the money is held again, to be captured or released
		root.captured -= l.amount
		root.held += l.amount
		if l.last {
			root.last = false
		}
	}
	return root.held >= 0 && root.refunded >= 0 && root.refunded <= root.captured
}

// undo writes the opposite of what a payment did into both books, and takes the card off
// the file that it had kept. A part that goes with its root is not held again.
func undo(ctx context.Context, tx *database.Tx, q *request, l *life, withRoot bool) error {
	for _, e := range l.undoing(q.terminal, withRoot) {
		if err := ledger.Post(ctx, tx, e); err != nil {
			return err
		}
	}
	back, err := sendBack(ctx, tx, l.key) // where upstream booked it, upstream takes it back
	if err == nil && !back {
		err = l.repay(ctx, tx, withRoot)
	}
	if err != nil {
		return err
	}
	if err := forgetToken(ctx, tx, l.id); err != nil {
		return err
	}
	batch, err := backIn(ctx, tx, q, l)
	if err != nil {
		return err
	}
	return l.retract(ctx, tx, batch)
}

// undoing are the ledger's entries. What a last capture released stays released.
func (l *life) undoing(t terminal, withRoot bool) []ledger.Entry {
	p := l.party(t)
	switch {
	case l.kind == kindBalance, l.kind == kindIncrement && withRoot: // its money is the root's
		return nil
	case l.kind == kindHold, l.kind == kindIncrement:
		if held := l.standing(); held > 0 {
			return []ledger.Entry{p.Release(held)}
		}
		return nil
	case l.kind.gives():
		return []ledger.Entry{p.Refund(l.amount).Opposite()}
	case l.kind == kindCapture && !withRoot:
		return []ledger.Entry{p.Capture(l.amount, 0).Opposite()}
	}
	return []ledger.Entry{p.Sale(l.amount, l.cash).Opposite()}
}

// standing is what is still held: of a hold all that is, its increments' too.
func (l *life) standing() int64 {
	if l.kind == kindHold {
		return l.held
	}
	return l.amount
}

// repay is the issuer's side of it.
func (l *life) repay(ctx context.Context, tx *database.Tx, withRoot bool) error {
	ref, terminal, rrn := l.reference, l.key.terminal, l.key.rrn
	switch {
	case l.kind == kindBalance, l.kind == kindIncrement && withRoot:
		return nil
	case l.kind == kindHold, l.kind == kindIncrement:
		return issuer.Release(ctx, tx, ref(), terminal, rrn, l.standing())
	case l.kind.gives():
		return issuer.Demand(ctx, tx, ref(), terminal, rrn, l.amount)
	}
	if err := issuer.Credit(ctx, tx, ref(), terminal, rrn, l.amount); err != nil || l.kind != kindCapture || withRoot {
		return err
	}
	return issuer.Release(ctx, tx, ref(), terminal, rrn, -l.amount)
}

// refuseLater remembers the reversal of a message that never came, which may still be
// under way.
func (h *Host) refuseLater(ctx context.Context, tx *database.Tx, q *request) error {
	never := &life{key: q.payment(), state: stateRefused, amount: q.amount(), currency: q.message.String(49)}
	return insertPayment(ctx, tx, never, hostspec.ResponseNoOriginal, h.now())
}
