// Package journal keeps the terminal's payments and its log of events in SQLite,
// durable before anyone hears of them.
//
// Write-ahead log with full synchronisation: both pragmas are read back at
// start, and the terminal does not run otherwise. The lock is exclusive, so two
// terminals never share a journal. After a write that failed nothing is known of
// the disk, so nothing is written any more.
//
// Only the terminal imports it. It must never hold account data.
package journal

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver
)

//go:embed schema.sql
var schema string

const schemaVersion = 2

// Errors of a journal.
var (
	ErrBroken   = errors.New("journal: a write failed; the terminal must be restarted")
	ErrPragma   = errors.New("journal: the database is not in write-ahead mode with full synchronisation")
	ErrVersion  = errors.New("journal: written by another version of the terminal")
	ErrNotFound = errors.New("journal: no such payment")
	ErrKeyTaken = errors.New("journal: the key has a payment already")
)

// Journal is open for one process at a time.
type Journal struct {
	db   *sql.DB
	dead chan struct{} // closed by the first write that fails
	once sync.Once

	committed func(time.Duration) // may be nil
}

// Observe has f told how long each write took to be on the disk. It is to be called
// before the journal is shared.
func (j *Journal) Observe(f func(time.Duration)) { j.committed = f }

// Open opens or creates the journal in a file of mode 0600.
func Open(path string) (*Journal, error) {
	if err := createPrivate(path); err != nil {
		return nil, fmt.Errorf("journal: creating: %w", err)
	}
	q := url.Values{"_pragma": {"locking_mode(EXCLUSIVE)", "journal_mode(WAL)", "synchronous(FULL)",
		"busy_timeout(2000)", "trusted_schema(0)"}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("journal: opening: %w", err)
	}
	// One connection: the pragmas hold for it, and it alone has the lock.
	db.SetMaxOpenConns(1)
	j := &Journal{db: db, dead: make(chan struct{})}
	if err := j.prepare(); err != nil {
		_ = db.Close() // the first error is the one to tell
		return nil, err
	}
	return j, nil
}

// Close ends it.
func (j *Journal) Close() error { return j.db.Close() }

// Broken reports whether a write has failed.
func (j *Journal) Broken() bool {
	select {
	case <-j.dead:
		return true
	default:
		return false
	}
}

// Dead is closed when a write has failed: the program must end.
func (j *Journal) Dead() <-chan struct{} { return j.dead }

func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func (j *Journal) prepare() error {
	if err := j.checkPragmas(); err != nil {
		return err
	}
	var version int
	if err := j.db.QueryRowContext(whole(), "PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("journal: reading the version: %w", err)
	}
	switch version {
	case schemaVersion: // the indexes are younger than the version, and take the lock
		return j.create(clientsSchema + unsettledIndex + listingSchema + webhooksSchema)
	case 0:
		return j.create(schema + closingsSchema + clientsSchema + unsettledIndex + listingSchema + webhooksSchema)
	case 1: // before batches were closed
		return j.create(closingsSchema + clientsSchema + unsettledIndex + listingSchema + webhooksSchema)
	}
	return ErrVersion
}

// checkPragmas reads back what is in force; a file system may refuse either.
func (j *Journal) checkPragmas() error {
	var mode string
	var synchronous int
	if err := j.db.QueryRowContext(whole(), "PRAGMA journal_mode").Scan(&mode); err != nil {
		return fmt.Errorf("journal: reading journal_mode: %w", err)
	}
	if err := j.db.QueryRowContext(whole(), "PRAGMA synchronous").Scan(&synchronous); err != nil {
		return fmt.Errorf("journal: reading synchronous: %w", err)
	}
	if mode != "wal" || synchronous < 2 {
		return ErrPragma
	}
	return nil
}

// create makes tables, and so takes the exclusive lock now instead of at the first
// payment.
func (j *Journal) create(tables string) error {
	return j.write(func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(whole(), tables); err != nil {
			return err
		}
		_, err := tx.ExecContext(whole(), fmt.Sprintf("PRAGMA user_version = %d", schemaVersion))
		return err
	})
}

// write runs f in one transaction. Any failure but ErrKeyTaken breaks the
// journal: what a failed fsync left on the disk cannot be known.
func (j *Journal) write(f func(*sql.Tx) error) error {
	if j.Broken() {
		return ErrBroken
	}
	err := j.transact(f)
	if err != nil && !errors.Is(err, ErrKeyTaken) {
		j.once.Do(func() { close(j.dead) })
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return err
}

// whole is the context of every statement: none is ever given up half-way
// because a client went away.
func whole() context.Context { return context.Background() }

func (j *Journal) transact(f func(*sql.Tx) error) error {
	tx, err := j.db.BeginTx(whole(), nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	began := time.Now()
	err = tx.Commit()
	if err == nil && j.committed != nil {
		j.committed(time.Since(began))
	}
	return err
}
