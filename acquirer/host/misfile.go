package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// Misfiled is a payment that the host counts in another batch than its own.
type Misfiled struct {
	TerminalID string `json:"terminal_id"`
	RRN        string `json:"rrn"`
	Batch      uint32 `json:"batch"` // 0: in none
}

var errNoPayment = errors.New("host: no such payment")

// Misfile counts a payment in another batch, for tests of settlement: the books of
// money stay as they are, and the totals and items of the batches do not.
func (h *Host) Misfile(ctx context.Context, m Misfiled) error {
	return h.db.Update(ctx, func(tx *database.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE lives SET batch = ? WHERE payment IN (SELECT id FROM payments WHERE terminal = ? AND rrn = ?)`,
			m.Batch, pad(m.TerminalID, 8), m.RRN)
		if err != nil {
			return fmt.Errorf("misfiling a payment: %w", err)
		}
		if n, err := r.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, errNoPayment)
		}
		return nil
	})
}
