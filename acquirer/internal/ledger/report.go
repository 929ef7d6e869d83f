package ledger

import (
	"context"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// Balance is an account's sum in one currency.
type Balance struct {
	Account  string `json:"account"`
	Currency string `json:"currency"`
	Amount   int64  `json:"amount"`
}

// Balances returns every account's.
func Balances(ctx context.Context, tx *database.Tx) ([]Balance, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT account, currency, SUM(amount) FROM postings JOIN entries ON entries.id = entry
		GROUP BY account, currency ORDER BY account, currency`)
	if err != nil {
		return nil, fmt.Errorf("reading balances: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err says it
	var out []Balance
	for rows.Next() {
		var b Balance
		if err := rows.Scan(&b.Account, &b.Currency, &b.Amount); err != nil {
			return nil, fmt.Errorf("reading balances: %w", err)
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

// TrialBalance is the sum over all accounts, which is zero, and the number of
// entries whose own postings do not sum to zero, which is zero too.
func TrialBalance(ctx context.Context, tx *database.Tx) (sum int64, unbalanced int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT COALESCE(SUM(amount), 0) FROM postings`).Scan(&sum)
	if err != nil {
		return 0, 0, fmt.Errorf("reading the trial balance: %w", err)
	}
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT entry FROM postings GROUP BY entry HAVING SUM(amount) <> 0) unbalanced`).Scan(&unbalanced)
	if err != nil {
		return 0, 0, fmt.Errorf("reading the trial balance: %w", err)
	}
	return sum, unbalanced, nil
}

// Held is what is held for all merchants.
func Held(ctx context.Context, tx *database.Tx) (held int64, err error) {
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(-SUM(amount), 0) FROM postings WHERE account = ?`, AccountHeld).Scan(&held); err != nil {
		return 0, fmt.Errorf("reading what is held: %w", err)
	}
	return held, nil
}

// Net is what a message came to for its merchant: the amount after a sale, zero
// after its reversal.
func Net(ctx context.Context, tx *database.Tx, terminal, rrn string) (net int64, err error) {
	err = tx.QueryRowContext(ctx, `
		SELECT COALESCE(SUM(amount), 0) FROM postings JOIN entries ON entries.id = entry
		WHERE terminal = ? AND rrn = ? AND (account LIKE 'merchant:%' OR account LIKE 'cash:%')`, terminal, rrn).Scan(&net)
	if err != nil {
		return 0, fmt.Errorf("reading a payment's net: %w", err)
	}
	return net, nil
}
