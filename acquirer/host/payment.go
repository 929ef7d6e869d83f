package host

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/acquirer/internal/ledger"
)

// lifeSchema keeps what a payment came to, beside the payments, so that files of
// earlier versions need no change. What captures, increments and refunds did is counted
// at their root, and the table's rules hold whatever the program does.
const lifeSchema = `
CREATE TABLE IF NOT EXISTS lives (
	payment INTEGER PRIMARY KEY REFERENCES payments (id),
	kind TEXT NOT NULL, mti TEXT NOT NULL, root INTEGER REFERENCES payments (id),
	sent TEXT NOT NULL, approval TEXT NOT NULL, terminal TEXT NOT NULL,
	batch INTEGER NOT NULL, back INTEGER,
	asked INTEGER NOT NULL, cash INTEGER NOT NULL,
	held INTEGER NOT NULL CHECK (held >= 0), captured INTEGER NOT NULL CHECK (captured >= 0),
	refunded INTEGER NOT NULL CHECK (refunded >= 0 AND refunded <= captured),
	released INTEGER NOT NULL CHECK (released >= 0), last INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS payments_rrn ON payments (terminal, rrn);
CREATE INDEX IF NOT EXISTS lives_root ON lives (root) WHERE root IS NOT NULL;
CREATE INDEX IF NOT EXISTS lives_batch ON lives (terminal, batch);
CREATE INDEX IF NOT EXISTS lives_back ON lives (terminal, back) WHERE back IS NOT NULL;
`

// States of a payment.
const (
	stateApproved = "approved"
	stateDeclined = "declined"
	stateReversed = "reversed"
	stateRefused  = "refused" // reversed before it arrived: it must not be booked
)

// life is a payment as it was recorded.
type life struct {
	id       int64
	key      paymentKey
	kind     kind
	mti      string
	state    string
	currency string
	amount   int64 // approved
	asked    int64 // DE 4: more, where less was approved
	cash     int64
	card     []byte
	root     int64  // the payment that it continues, 0: none
	batch    uint32 // DE 60
	sent     string // DE 7
	approval string
	theirs   string // the approval code, where somebody else gave it

	held     int64 // and not captured
	captured int64 // paid: of a sale its amount
	refunded int64
	released int64 // capture: with it
	last     bool  // hold: nothing more is captured; capture: this was the last
}

func (l *life) reference() issuer.Reference { return issuer.Reference(l.card) }

// party is whose ledger entry it is.
func (l *life) party(t terminal) ledger.Payment {
	return ledger.Payment{Terminal: l.key.terminal, RRN: l.key.rrn, STAN: l.key.stan, Merchant: t.merchant, Currency: l.currency}
}

const selectLife = `
	SELECT p.id, p.terminal, p.stan, p.date, p.rrn, p.state, p.currency, p.amount, p.card,
	       COALESCE(kind, 'sale'), COALESCE(mti, '0200'), COALESCE(root, 0), COALESCE(batch, 0), COALESCE(sent, ''), COALESCE(approval, ''),
	       COALESCE(asked, amount), COALESCE(cash, 0), COALESCE(held, 0), COALESCE(captured, CASE WHEN state = 'approved' THEN amount ELSE 0 END),
	       COALESCE(refunded, 0), COALESCE(released, 0), COALESCE(last, 0)
	FROM payments p LEFT JOIN lives ON payment = id `

func scanLife(row interface{ Scan(...any) error }) (*life, error) {
	var l life
	var name string
	err := row.Scan(&l.id, &l.key.terminal, &l.key.stan, &l.key.date, &l.key.rrn, &l.state, &l.currency, &l.amount, &l.card,
		&name, &l.mti, &l.root, &l.batch, &l.sent, &l.approval, &l.asked, &l.cash, &l.held, &l.captured, &l.refunded, &l.released, &l.last)
	if err != nil {
		return nil, fmt.Errorf("reading a payment: %w", err)
	}
	l.kind = kindNamed(name)
	return &l, nil
}

// findPayment reads a payment by its own numbers; nil: there is none.
func findPayment(ctx context.Context, tx *database.Tx, k paymentKey) (*life, error) {
	l, err := scanLife(tx.QueryRowContext(ctx, selectLife+`WHERE p.terminal = ? AND p.stan = ? AND p.date = ? AND p.rrn = ?`,
		k.terminal, k.stan, k.date, k.rrn))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return l, err
}

// findRoot reads the payment that DE 90 and 48.09 name; nil: there is none.
func findRoot(ctx context.Context, tx *database.Tx, q *request) (*life, error) {
	l, err := scanLife(tx.QueryRowContext(ctx, selectLife+`WHERE p.terminal = ? AND p.stan = ? AND p.rrn = ? AND sent = ? AND mti = ?`,
		q.terminal.id, q.original.STAN, q.rrn, q.original.Transmission, q.original.MTI))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return l, err
}

func readLife(ctx context.Context, tx *database.Tx, id int64) (*life, error) {
	return scanLife(tx.QueryRowContext(ctx, selectLife+`WHERE p.id = ?`, id))
}

// parts of a payment that stand.
func parts(ctx context.Context, tx *database.Tx, root int64) (out []*life, err error) {
	rows, err := tx.QueryContext(ctx, selectLife+`WHERE root = ? AND state = ? ORDER BY p.id`, root, stateApproved)
	if err != nil {
		return nil, fmt.Errorf("reading a payment's parts: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err says it
	for rows.Next() {
		l, err := scanLife(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, rows.Err()
}

// insert writes a payment that was decided, and numbers it.
func (l *life) insert(ctx context.Context, tx *database.Tx, response string, at time.Time) error {
	if err := insertPayment(ctx, tx, l, response, at); err != nil {
		return err
	}
	var root any
	if l.root != 0 {
		root = l.root
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO lives (payment, kind, mti, root, sent, approval, terminal, batch, asked, cash, held, captured, refunded, released, last)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		l.id, l.kind.String(), l.mti, root, l.sent, l.approval, l.key.terminal, l.batch, l.asked, l.cash, l.held, l.captured, l.refunded, l.released, l.last)
	if err != nil {
		return fmt.Errorf("recording a payment: %w", err)
	}
	return nil
}

// insertPayment writes the row alone: all that there is of a payment that never came.
// DE 38 of an approval is its number.
func insertPayment(ctx context.Context, tx *database.Tx, l *life, response string, at time.Time) error {
	id, err := tx.Insert(ctx, `
		INSERT INTO payments (terminal, stan, date, rrn, state, response, amount, currency, card, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		l.key.terminal, l.key.stan, l.key.date, l.key.rrn, l.state, response, l.amount, l.currency, l.card, at.UTC().Format(time.RFC3339))
	if err != nil {
		return fmt.Errorf("recording a payment: %w", err)
	}
	if l.id = id; l.state == stateApproved {
		l.approval = fmt.Sprintf("%06d", l.id%1_000_000)
		if l.theirs != "" {
			l.approval = l.theirs
		}
	}
	return nil
}

// keep writes what became of a payment's money.
func (l *life) keep(ctx context.Context, tx *database.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE lives SET held = ?, captured = ?, refunded = ?, last = ? WHERE payment = ?`,
		l.held, l.captured, l.refunded, l.last, l.id)
	if err != nil {
		return fmt.Errorf("keeping a payment: %w", err)
	}
	return nil
}

// retract makes a payment that stood one that was taken back, in a batch.
func (l *life) retract(ctx context.Context, tx *database.Tx, batch any) error {
	r, err := tx.ExecContext(ctx, `UPDATE payments SET state = ? WHERE id = ? AND state = ?`, stateReversed, l.id, stateApproved)
	if err != nil {
		return fmt.Errorf("reversing a payment: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return errors.New("host: a payment was not there to be reversed")
	}
	_, err = tx.ExecContext(ctx, `UPDATE lives SET back = ?, held = 0, captured = 0, refunded = 0 WHERE payment = ?`, batch, l.id)
	if err != nil {
		return fmt.Errorf("reversing a payment: %w", err)
	}
	return nil
}

// approves reports whether DE 39 is an approval, whole or in part.
func approves(response string) bool {
	return response == hostspec.ResponseApproved || response == hostspec.ResponsePartial
}
