// Package issuer is the stand-in for the cards' issuers: cards, balances, PIN
// tries and the issuer's own book, kept apart from the acquirer's ledger so that
// one can be held against the other.
//
// A card is found by a keyed reference of its PAN (element.PANReference) and
// shown by its last four digits. A real issuer may keep PANs; this one does not,
// so that no file of the acquirer holds one.
//
// Functions take the caller's transaction. The host imports it.
package issuer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// Schema makes the tables.
const Schema = `
CREATE TABLE IF NOT EXISTS cards (
	reference BLOB PRIMARY KEY, last4 TEXT NOT NULL,
	psn INTEGER NOT NULL, expiry TEXT NOT NULL, pin_offset TEXT NOT NULL,
	tries INTEGER NOT NULL, balance INTEGER NOT NULL CHECK (balance >= 0), currency TEXT NOT NULL,
	scenario TEXT NOT NULL, arpc_method INTEGER NOT NULL,
	rising_atc INTEGER NOT NULL, top_atc INTEGER NOT NULL DEFAULT -1
) STRICT;
CREATE TABLE IF NOT EXISTS movements (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	card BLOB NOT NULL REFERENCES cards (reference),
	terminal TEXT NOT NULL, rrn TEXT NOT NULL, amount INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS movements_payment ON movements (terminal, rrn);
CREATE TABLE IF NOT EXISTS reserves (
	card BLOB PRIMARY KEY, held INTEGER NOT NULL CHECK (held >= 0), owed INTEGER NOT NULL DEFAULT 0 CHECK (owed >= 0)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS holds (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	card BLOB NOT NULL REFERENCES cards (reference),
	terminal TEXT NOT NULL, rrn TEXT NOT NULL, amount INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS holds_payment ON holds (terminal, rrn);
CREATE TABLE IF NOT EXISTS cryptograms (
	card BLOB NOT NULL, atc INTEGER NOT NULL, arqc BLOB NOT NULL,
	PRIMARY KEY (card, atc, arqc)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS card_rules (
	card BLOB PRIMARY KEY, service_code TEXT NOT NULL, checksum_track TEXT NOT NULL,
	fallback_limit INTEGER NOT NULL, print_tries INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fallbacks (
	card BLOB NOT NULL, day TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (card, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scripts (
	id INTEGER PRIMARY KEY AUTOINCREMENT, card BLOB NOT NULL,
	template INTEGER NOT NULL, identifier BLOB NOT NULL, header BLOB NOT NULL, data BLOB NOT NULL,
	state TEXT NOT NULL, terminal TEXT NOT NULL DEFAULT '', rrn TEXT NOT NULL DEFAULT '', result BLOB
) STRICT;
CREATE INDEX IF NOT EXISTS scripts_payment ON scripts (terminal, rrn);
CREATE INDEX IF NOT EXISTS scripts_card ON scripts (card, state);
`

const (
	// MaxTries is how often a PIN may be wrong in a row.
	MaxTries = 3
	// MaxPrintTries is how often the printed value may be wrong in a row: it has
	// three digits, and whoever types it need not have the card.
	MaxPrintTries = 5
)

// Errors that decide an answer.
var (
	ErrUnknown = errors.New("issuer: no such card")
	ErrFunds   = errors.New("issuer: balance too small")
)

// Reference names a card.
type Reference [16]byte

// Card is what the issuer knows of a card.
type Card struct {
	Reference  Reference
	PSN        uint8  // two BCD digits
	Expiry     string // YYMM
	PINOffset  string
	Tries      int // left
	Currency   string
	Scenario   provisioning.Scenario
	ARPCMethod uint8
	RisingATC  bool
	TopATC     int // -1 before the first

	ServiceCode   string // three digits
	ChecksumTrack string // digits
	FallbackLimit int    // a day
	PrintTries    int    // left
}

// Add writes a new card. A card that is there keeps its state, but counts its
// transactions anew: whoever registers it again has personalised it again.
func Add(ctx context.Context, tx *database.Tx, c Card, last4 string, balance int64) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO cards (reference, last4, psn, expiry, pin_offset, tries, balance, currency, scenario, arpc_method, rising_atc)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (reference) DO UPDATE SET top_atc = -1`,
		c.Reference[:], last4, c.PSN, c.Expiry, c.PINOffset, MaxTries, balance, c.Currency, string(c.Scenario), c.ARPCMethod, c.RisingATC)
	if err != nil {
		return fmt.Errorf("writing a card: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO card_rules (card, service_code, checksum_track, fallback_limit, print_tries) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		c.Reference[:], c.ServiceCode, c.ChecksumTrack, c.FallbackLimit, MaxPrintTries)
	if err != nil {
		return fmt.Errorf("writing a card's rules: %w", err)
	}
	return nil
}

// Find reads a card, or ErrUnknown. In a transaction that changes something it is the
// card's only one from here on.
func Find(ctx context.Context, tx *database.Tx, ref Reference) (Card, error) {
	c := Card{Reference: ref}
	err := tx.QueryRowContext(ctx, `
		SELECT psn, expiry, pin_offset, tries, currency, scenario, arpc_method, rising_atc, top_atc,
		       COALESCE(service_code, ''), COALESCE(checksum_track, ''), COALESCE(fallback_limit, 0), COALESCE(print_tries, 0)
		FROM cards LEFT JOIN card_rules ON card = reference WHERE reference = ?`+tx.ForUpdate("cards"), ref[:]).
		Scan(&c.PSN, &c.Expiry, &c.PINOffset, &c.Tries, &c.Currency, &c.Scenario, &c.ARPCMethod, &c.RisingATC, &c.TopATC,
			&c.ServiceCode, &c.ChecksumTrack, &c.FallbackLimit, &c.PrintTries)
	if errors.Is(err, sql.ErrNoRows) {
		return Card{}, ErrUnknown
	}
	if err != nil {
		return Card{}, fmt.Errorf("reading a card: %w", err)
	}
	return c, nil
}

// CountPIN keeps the tries: a right PIN restores them, a wrong one takes one.
// It returns how many are left.
func CountPIN(ctx context.Context, tx *database.Tx, c Card, right bool) (left int, err error) {
	left = max(0, c.Tries-1)
	if right {
		left = MaxTries
	}
	if _, err := tx.ExecContext(ctx, `UPDATE cards SET tries = ? WHERE reference = ?`, left, c.Reference[:]); err != nil {
		return 0, fmt.Errorf("counting a PIN: %w", err)
	}
	return left, nil
}
