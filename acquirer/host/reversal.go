package host

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/acquirer/internal/ledger"
)

// States of a payment.
const (
	stateApproved = "approved"
	stateDeclined = "declined"
	stateReversed = "reversed"
	stateRefused  = "refused" // reversed before it arrived: it must not be booked
)

// stored is a payment as it was recorded.
type stored struct {
	state, currency string
	amount          int64
	card            []byte
}

// reversal answers a 0420 or 0421: afterwards nothing is booked, whatever was
// booked before and however often it is asked.
func (h *Host) reversal(ctx context.Context, tx *sql.Tx, q *request, p hostspec.Permit) (*codec.Message, error) {
	k := q.payment()
	if original := q.message.String(90); original[:10] != hostspec.MTIRequest+k.stan {
		return q.answer(p, hostspec.ResponseFormatError), nil
	}
	was, err := findPayment(ctx, tx, k)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return q.answer(p, hostspec.ResponseNoOriginal), h.refuseLater(ctx, tx, q)
	case err != nil:
		return nil, err
	case was.state == stateRefused:
		return q.answer(p, hostspec.ResponseNoOriginal), nil
	case was.amount != q.amount() || was.currency != q.message.String(49):
		return q.answer(p, hostspec.ResponseInvalidAmount), nil
	case was.state == stateApproved:
		if err := takeBack(ctx, tx, q, was); err != nil {
			return nil, err
		}
	}
	return q.answer(p, hostspec.ResponseApproved), nil
}

func takeBack(ctx context.Context, tx *sql.Tx, q *request, was stored) error {
	k := q.payment()
	entry := ledger.Sale(k.terminal, k.rrn, k.stan, q.terminal.merchant, was.currency, was.amount).Opposite()
	if err := ledger.Post(ctx, tx, entry); err != nil {
		return err
	}
	if err := issuer.Credit(ctx, tx, issuer.Reference(was.card), k.terminal, k.rrn, was.amount); err != nil {
		return err
	}
	r, err := tx.ExecContext(ctx, `UPDATE payments SET state = ? WHERE terminal = ? AND stan = ? AND date = ? AND rrn = ? AND state = ?`,
		stateReversed, k.terminal, k.stan, k.date, k.rrn, stateApproved)
	if err != nil {
		return fmt.Errorf("reversing a payment: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return errors.New("host: a payment was not there to be reversed")
	}
	return nil
}

// refuseLater remembers the reversal of a request that never came, which may
// still be under way.
func (h *Host) refuseLater(ctx context.Context, tx *sql.Tx, q *request) error {
	return insertPayment(ctx, tx, q.payment(), stateRefused, hostspec.ResponseNoOriginal, stored{amount: q.amount(), currency: q.message.String(49)}, h.now())
}

func (h *Host) recordPayment(ctx context.Context, tx *sql.Tx, q *request, e *evidence, response string, amount int64) (id int64, err error) {
	k, state := q.payment(), stateDeclined
	if response == hostspec.ResponseApproved {
		state = stateApproved
	}
	if response == hostspec.ResponseDuplicate {
		return 0, nil // the row that says so is there
	}
	was := stored{amount: amount, currency: q.message.String(49)}
	if e.card != (issuer.Reference{}) {
		was.card = e.card[:]
	}
	if err := insertPayment(ctx, tx, k, state, response, was, h.now()); err != nil {
		return 0, err
	}
	if err := tx.QueryRowContext(ctx, `SELECT last_insert_rowid()`).Scan(&id); err != nil {
		return 0, fmt.Errorf("numbering a payment: %w", err)
	}
	return id, nil
}

func insertPayment(ctx context.Context, tx *sql.Tx, k paymentKey, state, response string, s stored, at time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO payments (terminal, stan, date, rrn, state, response, amount, currency, card, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		k.terminal, k.stan, k.date, k.rrn, state, response, s.amount, s.currency, s.card, at.UTC().Format(time.RFC3339))
	if err != nil {
		return fmt.Errorf("recording a payment: %w", err)
	}
	return nil
}

func findPayment(ctx context.Context, tx *sql.Tx, k paymentKey) (s stored, err error) {
	err = tx.QueryRowContext(ctx, `
		SELECT state, amount, currency, card FROM payments WHERE terminal = ? AND stan = ? AND date = ? AND rrn = ?`,
		k.terminal, k.stan, k.date, k.rrn).Scan(&s.state, &s.amount, &s.currency, &s.card)
	if err != nil {
		return s, fmt.Errorf("reading a payment: %w", err)
	}
	return s, nil
}

func refusedBefore(ctx context.Context, tx *sql.Tx, k paymentKey) (bool, error) {
	s, err := findPayment(ctx, tx, k)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return s.state == stateRefused, err
}
