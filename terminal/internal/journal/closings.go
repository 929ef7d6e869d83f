package journal

import (
	"database/sql"
	_ "embed"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

//go:embed closings.sql
var closingsSchema string

// Closing returns the batch whose closing was asked for under a client's key, or
// ErrNotFound.
func (j *Journal) Closing(client, key string) (payment.Batch, error) {
	var batch payment.Batch
	err := j.db.QueryRowContext(whole(), "SELECT batch FROM closings WHERE client = ? AND key = ?", client, key).Scan(&batch)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, ErrNotFound
	case err != nil:
		return 0, fmt.Errorf("journal: reading a closing: %w", err)
	}
	return batch, nil
}

// InsertClosing makes durable that a key means the closing of this batch, before it
// is asked for: sent again, it never closes the batch that is open by then.
func (j *Journal) InsertClosing(client, key string, batch payment.Batch) error {
	return j.write(func(tx *sql.Tx) error {
		_, err := tx.ExecContext(whole(), "INSERT INTO closings (client, key, batch) VALUES (?, ?, ?)", client, key, batch)
		return err
	})
}

// WithdrawClosing frees the key of a closing that the secure world refused.
func (j *Journal) WithdrawClosing(client, key string) error {
	return j.write(func(tx *sql.Tx) error {
		_, err := tx.ExecContext(whole(), "DELETE FROM closings WHERE client = ? AND key = ?", client, key)
		return err
	})
}
