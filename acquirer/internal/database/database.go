// Package database opens the acquirer's one SQLite file, in which ledger, issuer
// and message record are changed in one transaction or not at all.
//
// Write-ahead log with synchronous FULL: what was committed survives a power
// cut. The settings are read back, because SQLite accepts what it cannot do
// without an error.
//
// Statements are prepared once for the life of the connection: a sale has some thirty,
// and to prepare one takes longer than to run it.
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
	"sync"

	_ "modernc.org/sqlite" // the driver
)

var errPragma = errors.New("database: the durability settings are not in force")

// Database is the open file. One transaction runs at a time, over one connection.
type Database struct {
	db   *sql.DB
	conn *sql.Conn

	turn       sync.Mutex
	statements map[string]*sql.Stmt // guarded by turn
}

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
	d := &Database{db: db, statements: map[string]*sql.Stmt{}}
	if d.conn, err = db.Conn(context.WithoutCancel(ctx)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := d.prepare(ctx, schemas); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return d, nil
}

func (d *Database) prepare(ctx context.Context, schemas []string) error {
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := d.conn.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil || !strings.EqualFold(got, want) {
			return errPragma
		}
	}
	for _, s := range schemas {
		if _, err := d.conn.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("making the tables: %w", err)
		}
	}
	return nil
}

// Close closes the file. SQLite keeps it open for as long as there is a statement.
func (d *Database) Close() error {
	d.turn.Lock()
	defer d.turn.Unlock()
	var all []error
	for _, s := range d.statements {
		all = append(all, s.Close())
	}
	clear(d.statements)
	return errors.Join(append(all, d.conn.Close(), d.db.Close())...)
}

// Update runs change in one transaction and commits it durably. If change fails,
// nothing has happened.
func (d *Database) Update(ctx context.Context, change func(*Tx) error) error {
	d.turn.Lock()
	defer d.turn.Unlock()
	tx := &Tx{d}
	if _, err := tx.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	committed := false
	defer func() {
		if !committed {
			_, _ = tx.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // fails where SQLite has done it already
		}
	}()
	if err := change(tx); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	committed = true
	return nil
}
