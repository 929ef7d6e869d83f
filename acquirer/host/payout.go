package host

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// payoutSchema keeps which settlement file each closed batch is in: in one, once.
const payoutSchema = `
CREATE TABLE IF NOT EXISTS payouts (
	id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS paid_batches (
	terminal TEXT NOT NULL, batch INTEGER NOT NULL, payout INTEGER NOT NULL REFERENCES payouts (id), PRIMARY KEY (terminal, batch)
) STRICT, WITHOUT ROWID;
`

// Errors of settlement files.
var (
	ErrNothingToSettle = errors.New("host: no closed batch waits to be settled")
	ErrNoPayout        = errors.New("host: no such settlement file")
	// ErrBooksDiffer: what the batches came to is not what the ledger has. Nothing is
	// paid out before people have found out why.
	ErrBooksDiffer = errors.New("host: the batches and the ledger differ")
)

// Payout is what a settlement file came to.
type Payout struct {
	Number  int64
	Batches int
	Items   int
	Net     map[string]int64 // to merchants, minor units, by currency (DE 49)
}

// Settle writes a settlement file of all closed batches that are in none yet, or, where
// number is not 0, that file once more. Before, it holds all batches against the ledger.
//
// The file is CSV, amounts in minor units, its first column the kind of line:
//
//	H,1,number,time                                              version and file
//	I,terminal,batch,merchant,kind,rrn,stan,date,currency,amount an item; below zero: money back
//	V,terminal,batch,merchant,kind,rrn,stan,date,currency,amount an item of a former batch that was taken back
//	B,terminal,batch,closed,agreed,items,net                     its batch: agreed 1 where the terminal had the same totals
//	T,currency,net                                               all of it, a line for each currency
//	E,batches,items                                              the end; items are lines I and V
func (h *Host) Settle(ctx context.Context, w io.Writer, number int64) (p Payout, err error) {
	var file bytes.Buffer
	err = h.db.Update(ctx, func(tx *database.Tx) error {
		file.Reset()
		p, err = h.payOut(ctx, tx, &file, number)
		return err
	})
	if err != nil {
		return p, err
	}
	_, err = w.Write(file.Bytes())
	return p, err
}

func (h *Host) payOut(ctx context.Context, tx *database.Tx, w io.Writer, number int64) (p Payout, err error) {
	if err := agree(ctx, tx); err != nil {
		return p, err
	}
	at := h.now().UTC().Format(time.RFC3339)
	if number == 0 {
		number, err = claimBatches(ctx, tx, at)
	} else {
		err = tx.QueryRowContext(ctx, `SELECT COALESCE((SELECT at FROM payouts WHERE id = ?), '')`, number).Scan(&at)
	}
	if err != nil {
		return p, fmt.Errorf("numbering a settlement file: %w", err)
	}
	list, err := paidBatches(ctx, tx, number)
	if err != nil {
		return p, err
	}
	if len(list) == 0 {
		return p, ErrNoPayout
	}
	p.Number, p.Batches, p.Net = number, len(list), map[string]int64{}
	out := csv.NewWriter(w)
	_ = out.Write([]string{"H", "1", strconv.FormatInt(number, 10), at}) // the writer keeps its first error
	for _, b := range list {
		items, err := b.write(ctx, tx, out, p.Net)
		if err != nil {
			return p, err
		}
		p.Items += items
	}
	for _, currency := range slices.Sorted(maps.Keys(p.Net)) {
		_ = out.Write([]string{"T", currency, strconv.FormatInt(p.Net[currency], 10)})
	}
	_ = out.Write([]string{"E", strconv.Itoa(p.Batches), strconv.Itoa(p.Items)})
	out.Flush()
	return p, out.Error()
}

// agree holds what all batches, open ones too, came to against what the ledger has for
// merchants. A payment that is taken back in another batch counts in both.
func agree(ctx context.Context, tx *database.Tx) error {
	var batches, books int64
	err := tx.QueryRowContext(ctx, `
		SELECT (SELECT COALESCE(SUM(CASE WHEN kind IN ('refund', 'return') THEN -amount ELSE amount END), 0)
		        FROM lives JOIN payments ON id = payment WHERE state = 'approved' AND `+moves+`),
		       (SELECT COALESCE(SUM(amount), 0) FROM postings WHERE account LIKE 'merchant:%' OR account LIKE 'cash:%')`).Scan(&batches, &books)
	if err == nil && batches != books {
		err = ErrBooksDiffer
	}
	if err != nil {
		return fmt.Errorf("holding the batches against the ledger: %w", err)
	}
	return nil
}

// claimBatches numbers a file, without gaps, and puts what waits into it. A batch has its place by the
// table's key, so two that settle at once pay nothing twice.
func claimBatches(ctx context.Context, tx *database.Tx, at string) (number int64, err error) {
	if number, err = tx.Insert(ctx, `INSERT INTO payouts (id, at) SELECT COALESCE(MAX(id), 0) + 1, CAST(? AS TEXT) FROM payouts`, at); err != nil {
		return 0, err
	}
	r, err := tx.ExecContext(ctx, `
		INSERT INTO paid_batches (terminal, batch, payout) SELECT terminal, batch, CAST(? AS BIGINT) FROM batches b
		WHERE NOT EXISTS (SELECT 1 FROM paid_batches p WHERE p.terminal = b.terminal AND p.batch = b.batch)`, number)
	if err != nil {
		return 0, err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return 0, errors.Join(err, ErrNothingToSettle)
	}
	return number, nil
}

// paidBatch is a batch of a file.
type paidBatch struct {
	terminal, closed string
	batch            int64
	agreed           int
}

func paidBatches(ctx context.Context, tx *database.Tx, number int64) (out []paidBatch, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT b.terminal, b.batch, b.at, b.agreed FROM paid_batches p JOIN batches b ON b.terminal = p.terminal AND b.batch = p.batch
		WHERE payout = ? ORDER BY b.terminal, b.batch`, number)
	if err != nil {
		return nil, fmt.Errorf("reading the batches of a file: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err says it
	for rows.Next() {
		var b paidBatch
		if err := rows.Scan(&b.terminal, &b.batch, &b.closed, &b.agreed); err != nil {
			return nil, fmt.Errorf("reading the batches of a file: %w", err)
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

// write writes a batch's lines. Of what was taken back, a payment of the same batch counts
// nowhere, and one of a former batch counts against this one.
func (b paidBatch) write(ctx context.Context, tx *database.Tx, out *csv.Writer, nets map[string]int64) (items int, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT 'I', kind, rrn, stan, date, currency, CASE WHEN kind IN ('refund', 'return') THEN -amount ELSE amount END, `+merchantOf+`
		FROM lives JOIN payments p ON p.id = payment WHERE lives.terminal = ?1 AND batch = ?2 AND `+standing+` AND `+moves+`
		UNION ALL
		SELECT 'V', kind, rrn, stan, date, currency, CASE WHEN kind IN ('refund', 'return') THEN amount ELSE -amount END, `+merchantOf+`
		FROM lives JOIN payments p ON p.id = payment WHERE lives.terminal = ?1 AND back = ?2 AND batch <> ?2 AND `+moves+`
		ORDER BY 1, 3`, b.terminal, b.batch)
	if err != nil {
		return 0, fmt.Errorf("reading a batch's items: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err says it
	net := int64(0)
	batch := strconv.FormatInt(b.batch, 10)
	for rows.Next() {
		var line, kind, rrn, stan, date, currency, merchant string
		var amount int64
		if err := rows.Scan(&line, &kind, &rrn, &stan, &date, &currency, &amount, &merchant); err != nil {
			return 0, fmt.Errorf("reading a batch's items: %w", err)
		}
		_ = out.Write([]string{line, unpad(b.terminal), batch, unpad(merchant), kind, rrn, stan, date, currency, strconv.FormatInt(amount, 10)})
		items, net, nets[currency] = items+1, net+amount, nets[currency]+amount
	}
	_ = out.Write([]string{"B", unpad(b.terminal), batch, b.closed, strconv.Itoa(b.agreed), strconv.Itoa(items), strconv.FormatInt(net, 10)})
	return items, rows.Err()
}

// merchantOf is DE 42 of a payment p, as the ledger names it.
const merchantOf = `COALESCE((SELECT substr(account, 10) FROM postings JOIN entries e ON e.id = entry
	WHERE e.terminal = p.terminal AND e.rrn = p.rrn AND account LIKE 'merchant:%' LIMIT 1), '')`

// moves are the kinds of payment that move money to or from a merchant.
const moves = `kind IN ('sale', 'cashback', 'stored', 'offline', 'capture', 'voice', 'refund', 'return')`
