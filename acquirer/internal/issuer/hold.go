package issuer

import (
	"context"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// Available is what a card has left to spend: its balance less what is held and owed.
// It may be below zero.
func Available(ctx context.Context, tx *database.Tx, ref Reference) (available int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT balance - COALESCE(held + owed, 0) FROM cards LEFT JOIN reserves ON card = reference WHERE reference = ?`, ref[:]).
		Scan(&available)
	if err != nil {
		return 0, fmt.Errorf("reading a balance: %w", err)
	}
	return available, nil
}

// Hold keeps amount of what a card has available for a payment, or fails with
// ErrFunds.
func Hold(ctx context.Context, tx *database.Tx, ref Reference, terminal, rrn string, amount int64) error {
	available, err := Available(ctx, tx, ref)
	if err != nil {
		return err
	}
	if available < amount {
		return ErrFunds
	}
	return hold(ctx, tx, ref, terminal, rrn, amount)
}

// Release gives up amount that is held.
func Release(ctx context.Context, tx *database.Tx, ref Reference, terminal, rrn string, amount int64) error {
	return hold(ctx, tx, ref, terminal, rrn, -amount)
}

// Held is what is held of all cards.
func Held(ctx context.Context, tx *database.Tx) (held int64, err error) {
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(SUM(held), 0) FROM reserves`).Scan(&held); err != nil {
		return 0, fmt.Errorf("reading what is held: %w", err)
	}
	return held, nil
}

func hold(ctx context.Context, tx *database.Tx, ref Reference, terminal, rrn string, amount int64) error {
	if amount == 0 {
		return nil
	}
	r, err := tx.ExecContext(ctx, `UPDATE reserves SET held = held + ? WHERE card = ?`, amount, ref[:]) // never below zero: the table's rule
	if err != nil {
		return fmt.Errorf("holding money: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		if _, err := tx.ExecContext(ctx, `INSERT INTO reserves (card, held) VALUES (?, ?)`, ref[:], amount); err != nil {
			return fmt.Errorf("holding money: %w", err)
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO holds (card, terminal, rrn, amount) VALUES (?, ?, ?, ?)`, ref[:], terminal, rrn, amount)
	if err != nil {
		return fmt.Errorf("writing a hold: %w", err)
	}
	return nil
}
