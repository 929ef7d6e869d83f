package host

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/acquirer/internal/ledger"
)

// book moves the money of an approved message in both books, or finds that it must
// not (51, 61).
func (d *deal) book(ctx context.Context, tx *database.Tx, q *request) error {
	switch d.kind {
	case kindBalance:
		return d.tell(ctx, tx)
	case kindHold, kindIncrement:
		return d.hold(ctx, tx, q)
	case kindCapture:
		return d.capture(ctx, tx, q)
	case kindVoice:
		return d.sellByVoice(ctx, tx, q)
	case kindRefund, kindReturn:
		return d.refund(ctx, tx, q)
	}
	return d.sell(ctx, tx, q)
}

func (d *deal) tell(ctx context.Context, tx *database.Tx) (err error) {
	d.left, err = issuer.Available(ctx, tx, d.reference())
	return err
}

// sell takes the money off the card. Less is approved where there is less and the
// terminal permits it.
func (d *deal) sell(ctx context.Context, tx *database.Tx, q *request) error {
	if d.card == nil {
		d.card = d.holder.Reference[:]
	}
	if err := d.cut(ctx, tx, q); err != nil || d.response == hostspec.ResponseInsufficientFunds {
		return err
	}
	if err := issuer.Debit(ctx, tx, d.reference(), d.key.terminal, d.key.rrn, d.amount); err != nil {
		return d.short(err)
	}
	d.captured = d.amount
	return ledger.Post(ctx, tx, d.party(q.terminal).Sale(d.amount, d.cash))
}

// hold keeps the money for a later capture, at an increment for its root's.
func (d *deal) hold(ctx context.Context, tx *database.Tx, q *request) error {
	if d.from != nil && d.from.last {
		d.response = hostspec.ResponseNoOriginal
		return nil
	}
	if err := d.cut(ctx, tx, q); err != nil || d.response == hostspec.ResponseInsufficientFunds {
		return err
	}
	if err := issuer.Hold(ctx, tx, d.reference(), d.key.terminal, d.key.rrn, d.amount); err != nil {
		return d.short(err)
	}
	if err := d.addHeld(ctx, tx); err != nil {
		return err
	}
	return ledger.Post(ctx, tx, d.party(q.terminal).Hold(d.amount))
}

func (d *deal) addHeld(ctx context.Context, tx *database.Tx) error {
	if d.from == nil {
		d.held = d.amount
		return nil
	}
	d.from.held += d.amount
	return d.from.keep(ctx, tx)
}

// capture pays what was held; the last one releases the rest.
func (d *deal) capture(ctx context.Context, tx *database.Tx, q *request) error {
	f := d.from
	if d.amount > f.held {
		d.response = hostspec.ResponseLimit
		return nil
	}
	f.held -= d.amount
	f.captured += d.amount
	if d.last {
		d.released, f.held, f.last = f.held, 0, true
	}
	if err := f.keep(ctx, tx); err != nil {
		return err
	}
	if err := issuer.Release(ctx, tx, d.reference(), d.key.terminal, d.key.rrn, d.amount+d.released); err != nil {
		return err
	}
	if err := issuer.Demand(ctx, tx, d.reference(), d.key.terminal, d.key.rrn, d.amount); err != nil {
		return err
	}
	return ledger.Post(ctx, tx, d.party(q.terminal).Capture(d.amount, d.released))
}

// refund gives money back: of a payment at most what it captured.
func (d *deal) refund(ctx context.Context, tx *database.Tx, q *request) error {
	if f := d.from; f != nil {
		if d.amount > f.captured-f.refunded {
			d.response = hostspec.ResponseLimit
			return nil
		}
		f.refunded += d.amount
		if err := f.keep(ctx, tx); err != nil {
			return err
		}
	}
	if err := issuer.Credit(ctx, tx, d.reference(), d.key.terminal, d.key.rrn, d.amount); err != nil {
		return err
	}
	return ledger.Post(ctx, tx, d.party(q.terminal).Refund(d.amount))
}

// cut takes the amount down to what is there, where less may be approved.
func (d *deal) cut(ctx context.Context, tx *database.Tx, q *request) error {
	if !q.partial {
		return nil
	}
	there, err := issuer.Available(ctx, tx, d.reference())
	switch {
	case err != nil:
		return err
	case there >= d.amount:
	case there <= 0:
		d.response = hostspec.ResponseInsufficientFunds
	default:
		d.amount, d.response = there, hostspec.ResponsePartial
	}
	return nil
}

func (d *deal) short(err error) error {
	if errors.Is(err, issuer.ErrFunds) {
		d.response = hostspec.ResponseInsufficientFunds
		return nil
	}
	return err
}
