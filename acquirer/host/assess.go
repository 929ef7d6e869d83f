package host

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// assessSchema keeps how each payment's card was read and why it was declined,
// beside the payments, so that files of earlier versions need no change.
const assessSchema = `
CREATE TABLE IF NOT EXISTS assessments (
	terminal TEXT NOT NULL, stan TEXT NOT NULL, date TEXT NOT NULL, rrn TEXT NOT NULL,
	entry_mode TEXT NOT NULL, fallback INTEGER NOT NULL, reason TEXT NOT NULL,
	PRIMARY KEY (terminal, rrn, stan, date)
) STRICT, WITHOUT ROWID;
`

// reason is why the issuer declined, beyond what DE 39 tells the terminal.
type reason uint8

const (
	reasonNone reason = iota
	reasonCryptogram
	reasonReplay
	reasonContradiction
	reasonChecksum
	reasonStripe
	reasonServiceCode
	reasonSwipedChip
	reasonNoChip
	reasonFallbacks
	reasonPrint
	reasonPrintTries
	reasons
)

func (r reason) String() string {
	return [reasons]string{
		"", "cryptogram", "replay", "cvm_contradiction", "cvc3", "cvv", "service_code", "chip_card_swiped", "fallback_without_chip",
		"fallback_limit", "cvv2", "cvv2_tries",
	}[r]
}

// declines are counted from the start of the program.
type declines [reasons]atomic.Uint64

func (d *declines) count(r reason) {
	if r != reasonNone {
		d[r].Add(1)
	}
}

func (d *declines) named() map[string]uint64 {
	out := make(map[string]uint64)
	for r := range d {
		if n := d[r].Load(); n > 0 {
			out[reason(r).String()] = n //nolint:gosec // below reasons
		}
	}
	return out
}

func assess(ctx context.Context, tx *database.Tx, q *request, e *evidence) error {
	k := q.payment()
	_, err := tx.ExecContext(ctx, `
		INSERT INTO assessments (terminal, stan, date, rrn, entry_mode, fallback, reason) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		k.terminal, k.stan, k.date, k.rrn, q.message.String(22), e.mode == hostspec.EntryFallback, e.reason.String())
	if err != nil {
		return fmt.Errorf("assessing a payment: %w", err)
	}
	return nil
}

// Assessment is how a payment's card was read, empty for one that is not known.
type Assessment struct {
	EntryMode string `json:"entry_mode,omitempty"` // DE 22
	Fallback  bool   `json:"fallback,omitempty"`   // the stripe did for the chip
	Reason    string `json:"reason,omitempty"`     // why the issuer declined, beyond the response code
}

func assessment(ctx context.Context, tx *database.Tx, terminal, rrn string) (a Assessment, err error) {
	err = tx.QueryRowContext(ctx, `SELECT entry_mode, fallback, reason FROM assessments WHERE terminal = ? AND rrn = ? ORDER BY date DESC LIMIT 1`, terminal, rrn).
		Scan(&a.EntryMode, &a.Fallback, &a.Reason)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("reading an assessment: %w", err)
	}
	return a, nil
}
