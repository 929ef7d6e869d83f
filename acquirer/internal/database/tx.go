package database

import (
	"context"
	"database/sql"
	"fmt"
)

// Tx is one transaction. It is not to be used after the change that it was made for.
type Tx struct{ d *Database }

// ExecContext runs a statement without rows.
func (t *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := t.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// QueryContext runs one with rows, which are to be closed before the same statement is
// run again.
func (t *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := t.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// Row is a single row, or why there is none.
type Row struct {
	row *sql.Row
	err error
}

// Scan reads it; sql.ErrNoRows: there is none.
func (r Row) Scan(into ...any) error {
	if r.err != nil {
		return r.err
	}
	return r.row.Scan(into...)
}

// QueryRowContext runs one with a single row.
func (t *Tx) QueryRowContext(ctx context.Context, query string, args ...any) Row {
	s, err := t.statement(ctx, query)
	if err != nil {
		return Row{err: err}
	}
	return Row{row: s.QueryRowContext(ctx, args...)}
}

// statement prepares each text once. The texts are the program's, so there are few.
func (t *Tx) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := t.d.statements[query]; ok {
		return s, nil
	}
	s, err := t.d.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("preparing a statement: %w", err)
	}
	t.d.statements[query] = s
	return s, nil
}
