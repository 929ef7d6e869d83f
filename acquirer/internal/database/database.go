// Package database opens the acquirer's one SQLite file, in which ledger, issuer
// and message record are changed in one transaction or not at all.
//
// Write-ahead log with synchronous FULL: what was committed survives a power
// cut. The settings are read back, because SQLite accepts what it cannot do
// without an error.
//
// The acquirer imports it. No PAN, no PIN and no key is ever written.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	_ "modernc.org/sqlite" // the driver
)

var errPragma = errors.New("database: the durability settings are not in force")

// Database is the open file. One transaction runs at a time.
type Database struct{ db *sql.DB }

// Open opens or makes the file and applies schemas, each of which must be
// harmless on a file that has it.
func Open(ctx context.Context, path string, schemas ...string) (*Database, error) {
	query := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "busy_timeout(5000)"}, "_txlock": {"immediate"}}
	dsn := url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	db.SetMaxOpenConns(1) // writers exclude each other anyway, and statements see one state
	d := &Database{db: db}
	if err := d.prepare(ctx, schemas); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return d, nil
}

func (d *Database) prepare(ctx context.Context, schemas []string) error {
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := d.db.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil || !strings.EqualFold(got, want) {
			return errPragma
		}
	}
	for _, s := range schemas {
		if _, err := d.db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("making the tables: %w", err)
		}
	}
	return nil
}

// Close closes the file.
func (d *Database) Close() error { return d.db.Close() }

// Update runs change in one transaction and commits it durably. If change fails,
// nothing has happened.
func (d *Database) Update(ctx context.Context, change func(*sql.Tx) error) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // does nothing after the commit
	if err := change(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	return nil
}
