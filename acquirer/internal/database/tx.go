package database

import (
	"context"
	"database/sql"
)

// Tx is one transaction. It is not to be used after the change that it was made for.
type Tx struct{ on runner }

// runner runs statements as its database has them.
type runner interface {
	exec(ctx context.Context, query string, args []any) (sql.Result, error)
	query(ctx context.Context, query string, args []any) (*sql.Rows, error)
	row(ctx context.Context, query string, args []any) Row
	lock(table string) string
}

// ExecContext runs a statement without rows.
func (t *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return t.on.exec(ctx, query, args)
}

// QueryContext runs one with rows, which are to be closed before anything else is run.
func (t *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.on.query(ctx, query, args)
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
	return t.on.row(ctx, query, args)
}

// Insert runs an INSERT into a table whose rows the database numbers by id, and returns
// the number.
func (t *Tx) Insert(ctx context.Context, query string, args ...any) (id int64, err error) {
	err = t.QueryRowContext(ctx, query+` RETURNING id`, args...).Scan(&id)
	return id, err
}

// ForUpdate ends a SELECT of what is to be changed by what it was: nobody else changes
// it before this transaction ends. In a View it locks nothing.
func (t *Tx) ForUpdate(table string) string { return t.on.lock(table) }
