package host

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

const tokenSize = 16

// vaultSchema keeps the cards on file: which card a merchant's token stands for, by the
// issuer's reference alone. A token without its merchant, or at another one, is nothing.
// Keepers are the payments that stand and had a card kept; a card in a file of earlier
// versions has none, and stays.
const vaultSchema = `
CREATE TABLE IF NOT EXISTS vault (
	merchant TEXT NOT NULL, token BLOB NOT NULL, card BLOB NOT NULL, PRIMARY KEY (merchant, token)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keepers (
	payment INTEGER PRIMARY KEY REFERENCES payments (id), merchant TEXT NOT NULL, token BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS keepers_token ON keepers (merchant, token);
`

// keepToken keeps the card of a payment under its token. A token that is there stands
// for the card that it stood for.
func keepToken(ctx context.Context, tx *database.Tx, q *request, card issuer.Reference, payment int64) error {
	r, err := tx.ExecContext(ctx, `INSERT INTO vault (merchant, token, card) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		q.terminal.merchant, q.token, card[:])
	if err != nil {
		return fmt.Errorf("keeping a card on file: %w", err)
	}
	added, err := r.RowsAffected()
	if err != nil {
		return fmt.Errorf("keeping a card on file: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO keepers (payment, merchant, token) SELECT CAST(?1 AS BIGINT), merchant, token FROM vault WHERE merchant = ?2 AND token = ?3 AND card = ?4
		AND (CAST(?5 AS BIGINT) > 0 OR EXISTS (SELECT 1 FROM keepers WHERE merchant = ?2 AND token = ?3))`,
		payment, q.terminal.merchant, q.token, card[:], added)
	if err != nil {
		return fmt.Errorf("keeping a card on file: %w", err)
	}
	return nil
}

// forgetToken takes the card of a payment that was taken back off the file, unless
// another payment had it kept too.
func forgetToken(ctx context.Context, tx *database.Tx, payment int64) error {
	var merchant string
	var token []byte
	err := tx.QueryRowContext(ctx, `DELETE FROM keepers WHERE payment = ? RETURNING merchant, token`, payment).Scan(&merchant, &token)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM vault WHERE merchant = ?1 AND token = ?2
			AND NOT EXISTS (SELECT 1 FROM keepers WHERE merchant = ?1 AND token = ?2)`, merchant, token)
	}
	if err != nil {
		return fmt.Errorf("taking a card off the file: %w", err)
	}
	return nil
}

// weighStored finds the card of a token.
func (h *Host) weighStored(ctx context.Context, tx *database.Tx, q *request, d *deal) error {
	err := tx.QueryRowContext(ctx, `SELECT card FROM vault WHERE merchant = ? AND token = ?`, q.terminal.merchant, q.token).Scan(&d.card)
	if errors.Is(err, sql.ErrNoRows) {
		d.response = hostspec.ResponseNoCard
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading a card on file: %w", err)
	}
	if d.holder, err = issuer.Find(ctx, tx, d.reference()); err != nil {
		return err
	}
	d.response = h.judgeKept(d.holder, d.currency)
	return nil
}

// judgeKept weighs a card that is not there.
func (h *Host) judgeKept(card issuer.Card, currency string) string {
	switch {
	case card.Expiry < h.now().Format("0601"):
		return hostspec.ResponseExpired
	case card.Scenario == provisioning.ScenarioDecline:
		return hostspec.ResponseDeclined
	case card.Scenario == provisioning.ScenarioNoFunds:
		return hostspec.ResponseInsufficientFunds
	case card.Currency != currency:
		return hostspec.ResponseNotPermitted
	}
	return hostspec.ResponseApproved
}
