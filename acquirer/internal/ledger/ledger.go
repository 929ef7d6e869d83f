// Package ledger keeps the acquirer's books by double entry: every entry's
// postings sum to zero in one currency, in integers of the minor unit, and
// nothing is ever changed or deleted.
//
// Functions take the caller's transaction, so that an entry stands or falls with
// the message that made it. Accounts are names: "merchant:<DE 42>" is what a
// merchant is owed, "cash:<DE 42>" what he is owed for cash that he handed out, and
// "issuer:settlement" what issuers owe. "held:issuer" and "held:<DE 42>" are money
// that is held and not paid: they count in no merchant's net.
//
// The host imports it. It knows no card, not even a reference of one.
package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
)

// Schema makes the tables.
const Schema = `
CREATE TABLE IF NOT EXISTS entries (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	terminal TEXT NOT NULL, rrn TEXT NOT NULL, stan TEXT NOT NULL,
	kind TEXT NOT NULL, currency TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entries_payment ON entries (terminal, rrn);
CREATE TABLE IF NOT EXISTS postings (
	entry INTEGER NOT NULL REFERENCES entries (id),
	account TEXT NOT NULL,
	amount INTEGER NOT NULL CHECK (amount <> 0)
) STRICT;
CREATE INDEX IF NOT EXISTS postings_entry ON postings (entry);
CREATE INDEX IF NOT EXISTS postings_account ON postings (account);
CREATE TRIGGER IF NOT EXISTS entries_stay BEFORE UPDATE ON entries BEGIN SELECT RAISE (ABORT, 'entries stay'); END;
CREATE TRIGGER IF NOT EXISTS entries_last BEFORE DELETE ON entries BEGIN SELECT RAISE (ABORT, 'entries stay'); END;
CREATE TRIGGER IF NOT EXISTS postings_stay BEFORE UPDATE ON postings BEGIN SELECT RAISE (ABORT, 'postings stay'); END;
CREATE TRIGGER IF NOT EXISTS postings_last BEFORE DELETE ON postings BEGIN SELECT RAISE (ABORT, 'postings stay'); END;
`

// Accounts that no merchant has.
const (
	AccountSettlement = "issuer:settlement" // what the issuers owe
	AccountHeld       = "held:issuer"       // what the issuers hold
)

// MerchantAccount is what a merchant is owed.
func MerchantAccount(merchantID string) string { return "merchant:" + merchantID }

// CashAccount is what a merchant is owed for cash that he handed out.
func CashAccount(merchantID string) string { return "cash:" + merchantID }

// HeldAccount is what is held for a merchant.
func HeldAccount(merchantID string) string { return "held:" + merchantID }

// MaxAmount is what DE 4 can say: twelve digits.
const MaxAmount = 999_999_999_999

// ErrUnbalanced reports an entry that must not be made.
var ErrUnbalanced = errors.New("ledger: the postings do not balance")

// Posting changes one account, in minor units, never zero.
type Posting struct {
	Account string
	Amount  int64
}

// Entry is one business event of a payment.
type Entry struct {
	Payment
	Kind     string // "sale", "refund", "hold", "capture", or one of them with "reversal of " before it
	Postings []Posting
}

// Opposite is the entry that takes e back.
func (e Entry) Opposite() Entry {
	back := e
	back.Kind, back.Postings = "reversal of "+e.Kind, nil
	for _, p := range e.Postings {
		back.Postings = append(back.Postings, Posting{p.Account, -p.Amount})
	}
	return back
}

// balanced checks each amount before it is added, so the sum cannot overflow.
func (e Entry) balanced() bool {
	sum := int64(0)
	for _, p := range e.Postings {
		if p.Account == "" || p.Amount == 0 || p.Amount > MaxAmount || p.Amount < -MaxAmount {
			return false
		}
		sum += p.Amount
	}
	return sum == 0 && len(e.Postings) >= 2 && len(e.Postings) <= 8
}

// Post writes an entry.
func Post(ctx context.Context, tx *database.Tx, e Entry) error {
	if !e.balanced() || len(e.Currency) != 3 {
		return ErrUnbalanced
	}
	id, err := tx.Insert(ctx, `INSERT INTO entries (terminal, rrn, stan, kind, currency) VALUES (?, ?, ?, ?, ?)`,
		e.Terminal, e.RRN, e.STAN, e.Kind, e.Currency)
	if err != nil {
		return fmt.Errorf("writing an entry: %w", err)
	}
	for _, p := range e.Postings {
		if _, err := tx.ExecContext(ctx, `INSERT INTO postings (entry, account, amount) VALUES (?, ?, ?)`, id, p.Account, p.Amount); err != nil {
			return fmt.Errorf("writing a posting: %w", err)
		}
	}
	return nil
}
