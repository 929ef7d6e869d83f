package host

import (
	"context"
	"fmt"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// Foreclosed is a batch that the host closes by itself, before its terminal asks for it.
type Foreclosed struct {
	TerminalID string `json:"terminal_id"`
	Batch      uint32 `json:"batch"`
}

// Foreclose closes a batch, for tests of what still comes for it: everything is refused
// (30) until the terminal has closed the batch too, with the totals as they are.
func (h *Host) Foreclose(ctx context.Context, f Foreclosed) error {
	return h.db.Update(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO batches (terminal, batch, at, agreed) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING`,
			pad(f.TerminalID, 8), f.Batch, h.now().UTC().Format(time.RFC3339))
		if err != nil {
			return fmt.Errorf("closing a batch: %w", err)
		}
		return nil
	})
}
