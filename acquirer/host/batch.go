package host

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// batchSchema keeps which batches are closed. What is in one stands in the lives: the
// totals are asked of them, so that they cannot differ from the items.
const batchSchema = `
CREATE TABLE IF NOT EXISTS batches (
	terminal TEXT NOT NULL, batch INTEGER NOT NULL, at TEXT NOT NULL, agreed INTEGER NOT NULL, PRIMARY KEY (terminal, batch)
) STRICT, WITHOUT ROWID;
`

func isClosed(ctx context.Context, tx *database.Tx, terminal string, batch uint32) (closed bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM batches WHERE terminal = ? AND batch = ?)`, terminal, batch).Scan(&closed)
	if err != nil {
		return false, fmt.Errorf("reading a batch: %w", err)
	}
	return closed, nil
}

// closeBatch closes a batch for good.
func (h *Host) closeBatch(ctx context.Context, tx *database.Tx, q *request, agreed bool) error {
	r, err := tx.ExecContext(ctx, `INSERT INTO batches (terminal, batch, at, agreed) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		q.terminal.id, q.batch(), h.now().UTC().Format(time.RFC3339), agreed)
	if err != nil {
		return fmt.Errorf("closing a batch: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return err // it was closed before
	}
	return dropOld(ctx, tx, q)
}

// backIn is the batch among whose reversals a payment counts that is taken back: its
// own, or the open one where that is closed. What was never told to be complete, and
// is still in an open batch, counts nowhere (nil).
func backIn(ctx context.Context, tx *database.Tx, q *request, l *life) (any, error) {
	closed, err := isClosed(ctx, tx, l.key.terminal, l.batch)
	if err != nil {
		return nil, err
	}
	if !closed {
		if string(hostspec.FindPrivate(q.private, hostspec.PrivateReason)) != hostspec.ReasonCustomer {
			return nil, nil
		}
		return l.batch, nil
	}
	var current, next, named uint32
	err = tx.QueryRowContext(ctx, `SELECT COALESCE((SELECT batch FROM terminals WHERE terminal = ?1), 0),
		(SELECT MAX(batch) + 1 FROM batches WHERE terminal = ?1),
		CASE WHEN EXISTS (SELECT 1 FROM batches WHERE terminal = ?1 AND batch = ?2) THEN 0 ELSE CAST(?2 AS BIGINT) END`,
		l.key.terminal, q.batch()).Scan(&current, &next, &named)
	if err != nil {
		return nil, fmt.Errorf("reading the open batch: %w", err)
	}
	return max(current, next, named), nil
}

// Totals are the sums of a batch (ISO 8583:1987, DE 74 to 77, 86 to 89 and 97), in
// minor units.
type Totals struct {
	Credits               int64 `json:"credits"` // refunds
	CreditReversals       int64 `json:"credit_reversals"`
	Debits                int64 `json:"debits"` // sales, captures, offline approvals
	DebitReversals        int64 `json:"debit_reversals"`
	CreditsAmount         int64 `json:"credits_amount"`
	CreditReversalsAmount int64 `json:"credit_reversals_amount"`
	DebitsAmount          int64 `json:"debits_amount"`
	DebitReversalsAmount  int64 `json:"debit_reversals_amount"`
}

// Net is sales less refunds.
func (t Totals) Net() int64 { return t.DebitsAmount - t.CreditsAmount }

// fields of a 0500 and a 0510, in the order of the struct.
func (t *Totals) fields() []struct {
	number int
	value  *int64
} {
	return []struct {
		number int
		value  *int64
	}{
		{74, &t.Credits}, {75, &t.CreditReversals}, {76, &t.Debits}, {77, &t.DebitReversals},
		{86, &t.CreditsAmount}, {87, &t.CreditReversalsAmount}, {88, &t.DebitsAmount}, {89, &t.DebitReversalsAmount},
	}
}

// net is DE 97.
func (t Totals) net() string {
	sign, net := "D", t.Net()
	if net < 0 {
		sign, net = "C", -net
	}
	return fmt.Sprintf("%s%016d", sign, net)
}

// totalFields are what a 0510 has of them.
func totalFields() []int { return []int{66, 74, 75, 76, 77, 86, 87, 88, 89, 97} }

// claimed are the terminal's totals.
func (q *request) claimed() (t Totals, ok bool) {
	for _, f := range t.fields() {
		n, err := strconv.ParseInt(q.message.String(f.number), 10, 64)
		if err != nil {
			return t, false
		}
		*f.value = n
	}
	return t, q.message.String(97) == t.net()
}

// standing is what counts as an item of its batch: what is not taken back, or was
// when the batch was closed already.
const standing = `(state = 'approved' OR state = 'reversed' AND back IS NOT NULL AND back <> batch)`

// totals asks for those of a batch.
func totals(ctx context.Context, tx *database.Tx, terminal string, batch uint32) (t Totals, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT kind, 0, COUNT(*), SUM(amount) FROM lives JOIN payments ON id = payment WHERE lives.terminal = ?1 AND batch = ?2 AND `+standing+` GROUP BY kind
		UNION ALL
		SELECT kind, 1, COUNT(*), SUM(amount) FROM lives JOIN payments ON id = payment WHERE lives.terminal = ?1 AND back = ?2 GROUP BY kind`,
		terminal, batch)
	if err != nil {
		return t, fmt.Errorf("reading a batch: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err says it
	for rows.Next() {
		var name string
		var back bool
		var count, amount int64
		if err := rows.Scan(&name, &back, &count, &amount); err != nil {
			return t, fmt.Errorf("reading a batch: %w", err)
		}
		t.add(kindNamed(name), back, count, amount)
	}
	return t, rows.Err()
}

func (t *Totals) add(k kind, back bool, count, amount int64) {
	into := [2]*int64{}
	switch {
	case k.pays() && back:
		into = [2]*int64{&t.DebitReversals, &t.DebitReversalsAmount}
	case k.pays():
		into = [2]*int64{&t.Debits, &t.DebitsAmount}
	case k.gives() && back:
		into = [2]*int64{&t.CreditReversals, &t.CreditReversalsAmount}
	case k.gives():
		into = [2]*int64{&t.Credits, &t.CreditsAmount}
	default:
		return
	}
	*into[0] += count
	*into[1] += amount
}
