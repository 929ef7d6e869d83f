package issuer

import (
	"context"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// Debit takes amount, minor units, off what a card has available, or fails with
// ErrFunds.
func Debit(ctx context.Context, tx *database.Tx, ref Reference, terminal, rrn string, amount int64) error {
	r, err := tx.ExecContext(ctx, `
		UPDATE cards SET balance = balance - ?1 WHERE reference = ?2
		AND balance - COALESCE((SELECT held + owed FROM reserves WHERE card = reference), 0) >= ?1`, amount, ref[:])
	if err != nil {
		return fmt.Errorf("debiting a card: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return ErrFunds
	}
	return move(ctx, tx, ref, terminal, rrn, -amount)
}

// Demand takes amount whether it is there or not: what is held was promised, and a
// refund that is taken back may have been spent. What is not there is owed.
func Demand(ctx context.Context, tx *database.Tx, ref Reference, terminal, rrn string, amount int64) error {
	r, err := tx.ExecContext(ctx, `UPDATE cards SET balance = balance - ?1 WHERE reference = ?2 AND balance >= ?1`, amount, ref[:])
	if err != nil {
		return fmt.Errorf("debiting a card: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		_, err = tx.ExecContext(ctx, `INSERT INTO reserves (card, held, owed) VALUES (?, 0, ?) ON CONFLICT (card) DO UPDATE SET owed = reserves.owed + excluded.owed`, ref[:], amount)
		if err != nil {
			return fmt.Errorf("debiting a card: %w", err)
		}
	}
	return move(ctx, tx, ref, terminal, rrn, -amount)
}

// Credit gives amount back.
func Credit(ctx context.Context, tx *database.Tx, ref Reference, terminal, rrn string, amount int64) error {
	if _, err := tx.ExecContext(ctx, `UPDATE cards SET balance = balance + ? WHERE reference = ?`, amount, ref[:]); err != nil {
		return fmt.Errorf("crediting a card: %w", err)
	}
	return move(ctx, tx, ref, terminal, rrn, amount)
}

func move(ctx context.Context, tx *database.Tx, ref Reference, terminal, rrn string, amount int64) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO movements (card, terminal, rrn, amount) VALUES (?, ?, ?, ?)`, ref[:], terminal, rrn, amount)
	if err != nil {
		return fmt.Errorf("writing a movement: %w", err)
	}
	return nil
}

// Net is what a payment cost its cardholder: the amount after a sale, zero after
// its reversal.
func Net(ctx context.Context, tx *database.Tx, terminal, rrn string) (net int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT COALESCE(-SUM(amount), 0) FROM movements WHERE terminal = ? AND rrn = ?`, terminal, rrn).Scan(&net)
	if err != nil {
		return 0, fmt.Errorf("reading a payment's net: %w", err)
	}
	return net, nil
}

// TotalDebits is what all cardholders paid together.
func TotalDebits(ctx context.Context, tx *database.Tx) (total int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT COALESCE(-SUM(amount), 0) FROM movements`).Scan(&total)
	if err != nil {
		return 0, fmt.Errorf("reading the issuer's book: %w", err)
	}
	return total, nil
}

// Account is one card as a report may show it.
type Account struct {
	Last4   string `json:"last4"`
	Balance int64  `json:"balance"` // below zero: a refund that was spent was taken back
	Held    int64  `json:"held,omitempty"`
	Tries   int    `json:"pin_tries_left"`
}

// Accounts lists the cards.
func Accounts(ctx context.Context, tx *database.Tx) (out []Account, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT last4, balance - COALESCE(owed, 0), COALESCE(held, 0), tries FROM cards LEFT JOIN reserves ON card = reference ORDER BY cards.rowid`)
	if err != nil {
		return nil, fmt.Errorf("listing cards: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var a Account
		if err := rows.Scan(&a.Last4, &a.Balance, &a.Held, &a.Tries); err != nil {
			return nil, fmt.Errorf("listing cards: %w", err)
		}
		out = append(out, a)
	}
	return out, rows.Err()
}
