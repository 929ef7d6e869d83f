package host

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// broken asks each rule that holds between the books, of which the tables' own checks
// cannot speak, and names those that do not hold.
func broken(ctx context.Context, tx *database.Tx) (names []string, err error) {
	for _, r := range []struct{ name, violations string }{
		{"every account's sum is zero together", `SELECT COALESCE(SUM(amount), 0) FROM postings`},
		{"merchants got what cardholders paid", `
			SELECT (SELECT COALESCE(SUM(amount), 0) FROM postings WHERE account LIKE 'merchant:%' OR account LIKE 'cash:%')
			     + (SELECT COALESCE(SUM(amount), 0) FROM movements) - (SELECT COALESCE(SUM(net), 0) FROM forwarded)`},
		{"both books hold the same", `
			SELECT (SELECT COALESCE(SUM(amount), 0) FROM postings WHERE account = 'held:issuer') + (SELECT COALESCE(SUM(held), 0) FROM reserves)`},
		{"what is held is held for a payment", `
			SELECT (SELECT COALESCE(SUM(held), 0) FROM reserves) - (SELECT COALESCE(SUM(held), 0) FROM lives)`},
		{"a payment captured what its captures did", `
			SELECT COUNT(*) FROM lives r WHERE r.kind = 'hold' AND r.captured <>
			(SELECT COALESCE(SUM(amount), 0) FROM lives c JOIN payments p ON p.id = c.payment WHERE c.root = r.payment AND c.kind = 'capture' AND p.state = 'approved')`},
		{"a payment refunded what its refunds did, and no more than it captured", `
			SELECT COUNT(*) FROM lives r WHERE r.root IS NULL AND (r.refunded > r.captured OR r.refunded <>
			(SELECT COALESCE(SUM(amount), 0) FROM lives c JOIN payments p ON p.id = c.payment WHERE c.root = r.payment AND c.kind = 'return' AND p.state = 'approved'))`},
		{"a payment that does not stand has moved nothing", `
			SELECT COUNT(*) FROM payments p WHERE p.state <> 'approved' AND 0 <> (SELECT COALESCE(SUM(amount), 0) FROM movements m WHERE m.terminal = p.terminal AND m.rrn = p.rrn)
			AND NOT EXISTS (SELECT 1 FROM payments o WHERE o.terminal = p.terminal AND o.rrn = p.rrn AND o.id <> p.id)`},
	} {
		var n int64
		if err := tx.QueryRowContext(ctx, r.violations).Scan(&n); err != nil {
			return nil, fmt.Errorf("asking the books' rules: %w", err)
		}
		if n != 0 {
			names = append(names, r.name)
		}
	}
	return names, nil
}

// lifeOf is what the report says of a payment.
func lifeOf(ctx context.Context, tx *database.Tx, terminal, rrn string) (l Life, state string, err error) {
	err = tx.QueryRowContext(ctx, `
		SELECT state, COALESCE(kind, ''), COALESCE((SELECT rrn FROM payments o WHERE o.id = root), ''), COALESCE(batch, 0), COALESCE(back, 0),
		       COALESCE(cash, 0), COALESCE(held, 0), COALESCE(captured, 0), COALESCE(refunded, 0)
		FROM payments p LEFT JOIN lives ON payment = p.id WHERE p.terminal = ? AND p.rrn = ? ORDER BY p.id DESC LIMIT 1`, terminal, rrn).
		Scan(&state, &l.Kind, &l.Original, &l.Batch, &l.Back, &l.Cash, &l.Held, &l.Captured, &l.Refunded)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return l, "", fmt.Errorf("reading a payment: %w", err)
	}
	return l, state, nil
}

// Batch is one of the report: what it came to by the host's books.
type Batch struct {
	TerminalID string `json:"terminal_id"`
	Batch      uint32 `json:"batch"`
	Closed     bool   `json:"closed"`
	Agreed     bool   `json:"agreed"` // the terminal had the same totals
	Net        int64  `json:"net"`    // sales less refunds
	Totals
}

// Batches lists the latest batches, newest first.
func (h *Host) Batches(ctx context.Context) (out []Batch, err error) {
	err = h.db.View(ctx, func(tx *database.Tx) error {
		if out, err = batches(ctx, tx); err != nil {
			return err
		}
		for i := range out {
			b := &out[i]
			if b.Totals, err = totals(ctx, tx, b.TerminalID, b.Batch); err != nil {
				return err
			}
			b.TerminalID, b.Net = unpad(b.TerminalID), b.Totals.Net()
		}
		return nil
	})
	return out, err
}

func batches(ctx context.Context, tx *database.Tx) (out []Batch, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT k.terminal, k.batch, b.batch IS NOT NULL, COALESCE(agreed, 0)
		FROM (SELECT terminal, batch FROM lives WHERE batch > 0 UNION SELECT terminal, back FROM lives WHERE back IS NOT NULL UNION SELECT terminal, batch FROM batches) k
		LEFT JOIN batches b ON b.terminal = k.terminal AND b.batch = k.batch
		ORDER BY k.batch DESC, k.terminal LIMIT ?`, maxReport)
	if err != nil {
		return nil, fmt.Errorf("listing batches: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err says it
	out = []Batch{}
	for rows.Next() {
		var b Batch
		if err := rows.Scan(&b.TerminalID, &b.Batch, &b.Closed, &b.Agreed); err != nil {
			return nil, fmt.Errorf("listing batches: %w", err)
		}
		out = append(out, b)
	}
	return out, rows.Err()
}
