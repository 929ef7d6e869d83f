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

// sqlite is one file. One transaction runs at a time, over one connection.
type sqlite struct {
	db   *sql.DB
	conn *sql.Conn

	turn       sync.Mutex
	statements map[string]*sql.Stmt // guarded by turn
}

// openSQLite opens a file with a write-ahead log and synchronous FULL.
func openSQLite(ctx context.Context, path string, schemas []string) (engine, error) {
	query := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "busy_timeout(5000)"}, "_txlock": {"immediate"}}
	dsn := url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	db.SetMaxOpenConns(1) // writers exclude each other anyway, and statements see one state
	d := &sqlite{db: db, statements: map[string]*sql.Stmt{}}
	if d.conn, err = db.Conn(context.WithoutCancel(ctx)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := d.prepare(ctx, schemas); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return d, nil
}

func (d *sqlite) prepare(ctx context.Context, schemas []string) error {
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

// close closes the file. SQLite keeps it open for as long as there is a statement.
func (d *sqlite) close() error {
	d.turn.Lock()
	defer d.turn.Unlock()
	var all []error
	for _, s := range d.statements {
		all = append(all, s.Close())
	}
	clear(d.statements)
	return errors.Join(append(all, d.conn.Close(), d.db.Close())...)
}

// view has its turn as any other: there is one connection.
func (d *sqlite) view(ctx context.Context, read func(*Tx) error) error { return d.update(ctx, read) }

func (d *sqlite) update(ctx context.Context, change func(*Tx) error) error {
	d.turn.Lock()
	defer d.turn.Unlock()
	tx := &Tx{on: d}
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

func (d *sqlite) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	s, err := d.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (d *sqlite) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	s, err := d.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (d *sqlite) row(ctx context.Context, query string, args []any) Row {
	s, err := d.statement(ctx, query)
	if err != nil {
		return Row{err: err}
	}
	return Row{row: s.QueryRowContext(ctx, args...)}
}

// lock: whoever has its turn is alone.
func (d *sqlite) lock(string) string { return "" }

// statement prepares each text once. The texts are the program's, so there are few.
func (d *sqlite) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := d.statements[query]; ok {
		return s, nil
	}
	s, err := d.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("preparing a statement: %w", err)
	}
	d.statements[query] = s
	return s, nil
}
