package host

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/upstream"
)

// forwardSchema keeps what upstream was asked and what of it stands there, as far as is
// known (net: what the cardholder paid), with all that a reversal takes. There is no
// account data in it.
const forwardSchema = `
CREATE TABLE IF NOT EXISTS forwarded (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	terminal TEXT NOT NULL, stan TEXT NOT NULL, date TEXT NOT NULL, rrn TEXT NOT NULL,
	processing TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
	sent TEXT NOT NULL, time TEXT NOT NULL, merchant TEXT NOT NULL,
	state TEXT NOT NULL, net INTEGER NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL,
	UNIQUE (terminal, stan, date, rrn)
) STRICT;
CREATE INDEX IF NOT EXISTS forwarded_due ON forwarded (due) WHERE state IN ('asked', 'reverse');
`

// States of what was asked. One that was asked and is not answered in twice the time is
// reversed by whichever node finds it, so that a node that was killed leaves nothing.
const (
	forwardAsked    = "asked"
	forwardAnswered = "answered"
	forwardReverse  = "reverse"  // upstream must confirm that nothing of it stands
	forwardReversed = "reversed" // it has
)

const (
	// maxRound is how many reversals are sent before new ones are looked for.
	maxRound = 4
	// lastRetry is the longest pause between two sendings of a reversal.
	lastRetry = 5 * time.Minute
	// needsPeople is how many sendings without a confirmation are for people to look at.
	needsPeople = 6
)

// ask writes down that upstream is asked.
func (h *Host) ask(ctx context.Context, tx *database.Tx, q *request) error {
	k, m := q.payment(), q.message
	_, err := tx.ExecContext(ctx, `
		INSERT INTO forwarded (terminal, stan, date, rrn, processing, amount, currency, sent, time, merchant, state, net, due, tries)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0)`,
		k.terminal, k.stan, k.date, k.rrn, m.String(3), q.amount(), m.String(49), m.String(7), m.String(12), m.String(42),
		forwardAsked, h.now().Add(2*h.forwarding.Patience).UnixMilli())
	return err
}

func isForwarded(ctx context.Context, tx *database.Tx, k paymentKey) (is bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM forwarded WHERE terminal = ? AND stan = ? AND date = ? AND rrn = ?)`,
		k.terminal, k.stan, k.date, k.rrn).Scan(&is)
	if err != nil {
		return false, fmt.Errorf("reading what was asked upstream: %w", err)
	}
	return is, nil
}

// settleAsked ends the waiting, or reports that somebody has: the payment was given up.
func settleAsked(ctx context.Context, tx *database.Tx, d *deal, left bool) (inTime bool, err error) {
	state, net := forwardAnswered, int64(0)
	switch {
	case left:
		state = forwardReverse
	case approves(d.response) && d.kind.gives():
		net = -d.amount
	case approves(d.response):
		net = d.amount
	}
	return changed(tx.ExecContext(ctx, `
		UPDATE forwarded SET state = ?, net = ?, due = 0 WHERE terminal = ? AND stan = ? AND date = ? AND rrn = ? AND state = ?`,
		state, net, d.key.terminal, d.key.stan, d.key.date, d.key.rrn, forwardAsked))
}

// sendBack has a payment reversed upstream, and reports whether it was this that did:
// not for one that was never asked there, or is being reversed already.
func sendBack(ctx context.Context, tx *database.Tx, k paymentKey) (bool, error) {
	return changed(tx.ExecContext(ctx, `
		UPDATE forwarded SET state = ?, net = 0, due = 0 WHERE terminal = ? AND stan = ? AND date = ? AND rrn = ? AND state IN (?, ?)`,
		forwardReverse, k.terminal, k.stan, k.date, k.rrn, forwardAsked, forwardAnswered))
}

func changed(r interface{ RowsAffected() (int64, error) }, err error) (bool, error) {
	if err != nil {
		return false, fmt.Errorf("keeping what was asked upstream: %w", err)
	}
	n, err := r.RowsAffected()
	return n == 1, err
}

// repayment is a reversal that upstream has to confirm.
type repayment struct {
	id                                         int64
	key                                        paymentKey
	processing, currency, sent, time, merchant string
	amount                                     int64
	tries                                      int
}

// Forward sends reversals upstream, each until it is confirmed, until ctx ends.
func (h *Host) Forward(ctx context.Context) {
	ticker := time.NewTicker(min(h.forwarding.Retry, time.Second))
	defer ticker.Stop()
	for ctx.Err() == nil {
		// What is claimed is nobody else's for a while, so an end must not come between
		// the claim and what is done with it. A database that fails is tried again.
		list, _ := h.claim(context.WithoutCancel(ctx))
		for _, r := range list {
			_ = h.repay(ctx, r)
		}
		if len(list) == maxRound && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// claim takes what is due, oldest first. Nobody else does so until it is due again.
func (h *Host) claim(ctx context.Context) (list []*repayment, err error) {
	err = h.db.Update(ctx, func(tx *database.Tx) error {
		list = nil
		now := h.now()
		due, err := readDue(ctx, tx, now.UnixMilli())
		if err != nil {
			return err
		}
		for _, r := range due {
			ours, err := changed(tx.ExecContext(ctx, `UPDATE forwarded SET state = ?, due = ? WHERE id = ? AND state IN (?, ?) AND due <= ?`,
				forwardReverse, now.Add(2*h.forwarding.Patience*time.Duration(len(due))).UnixMilli(), r.id, forwardAsked, forwardReverse, now.UnixMilli()))
			if err != nil {
				return err
			}
			if ours {
				list = append(list, r)
			}
		}
		return nil
	})
	return list, err
}

func readDue(ctx context.Context, tx *database.Tx, now int64) (list []*repayment, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT id, terminal, stan, date, rrn, processing, amount, currency, sent, time, merchant, tries FROM forwarded
		WHERE state IN ('asked', 'reverse') AND due <= ? ORDER BY id LIMIT ?`, now, maxRound)
	if err != nil {
		return nil, fmt.Errorf("reading what is due upstream: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err says it
	for rows.Next() {
		r := &repayment{}
		if err := rows.Scan(&r.id, &r.key.terminal, &r.key.stan, &r.key.date, &r.key.rrn, &r.processing, &r.amount, &r.currency,
			&r.sent, &r.time, &r.merchant, &r.tries); err != nil {
			return nil, fmt.Errorf("reading what is due upstream: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// repay sends one and keeps what came of it. One that did not leave was not tried.
func (h *Host) repay(ctx context.Context, r *repayment) error {
	a, asked := h.forwarding.To.Ask(ctx, r.message())
	state, due := forwardReverse, h.now().Add(h.pause(r.tries)).UnixMilli()
	switch {
	case errors.Is(asked, upstream.ErrDown):
		due = h.now().Add(h.forwarding.Retry).UnixMilli()
	case asked == nil && hostspec.SettlesReversal(a.String(39)):
		state = forwardReversed
		r.tries++
	default:
		r.tries++
	}
	ctx = context.WithoutCancel(ctx) // the claim is given back at an end, too
	return h.db.Update(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE forwarded SET state = ?, due = ?, tries = ? WHERE id = ?`, state, due, r.tries, r.id)
		return err
	})
}

func (h *Host) pause(tries int) time.Duration {
	return min(h.forwarding.Retry<<min(tries, 16), lastRetry)
}

// Pending is what waits for upstream.
type Pending struct {
	Asked     int64 `json:"asked"`
	Reversals int64 `json:"reversals"`
	Attention int64 `json:"attention"` // reversals that were sent six times without a confirmation
}

// Pending counts them.
func (h *Host) Pending(ctx context.Context) (p Pending, err error) {
	err = h.db.View(ctx, func(tx *database.Tx) error {
		return tx.QueryRowContext(ctx, `
			SELECT COALESCE(SUM(CASE WHEN state = 'asked' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN state = 'reverse' THEN 1 ELSE 0 END), 0),
			       COALESCE(SUM(CASE WHEN state = 'reverse' AND tries >= ? THEN 1 ELSE 0 END), 0)
			FROM forwarded WHERE state IN ('asked', 'reverse')`, needsPeople).Scan(&p.Asked, &p.Reversals, &p.Attention)
	})
	return p, err
}

// forwardedNet is what stands upstream of one payment, or with no terminal of all.
func forwardedNet(ctx context.Context, tx *database.Tx, terminal, rrn string) (net int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT COALESCE(SUM(net), 0) FROM forwarded WHERE ?1 = '' OR terminal = ?1 AND rrn = ?2`, terminal, rrn).Scan(&net)
	if err != nil {
		return 0, fmt.Errorf("reading what stands upstream: %w", err)
	}
	return net, nil
}
