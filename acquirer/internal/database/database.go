// Package database is where ledger, issuer and message record are changed in one
// transaction or not at all: one SQLite file for a single node, or one PostgreSQL
// database that several nodes share.
//
// What is committed survives a power cut on either. The settings that this takes are
// read back, because both accept what weakens them without an error.
//
// Statements are written once, in what both understand; what they do not share is
// translated (dialect.go). They are prepared once for the life of a connection: a sale
// has some thirty, and to prepare one takes longer than to run it.
//
// On SQLite one transaction runs at a time. On PostgreSQL they run side by side, read
// what is committed, and lock what they are about (ForUpdate): the terminal first, then
// the card. That a message, a payment or a cryptogram counts once is the tables' unique
// keys' doing, so it holds between nodes as within one. A transaction that another one
// got in the way of is done once more, a bounded number of times.
//
// The acquirer imports it. No PAN, no PIN and no key is ever written.
package database

import (
	"context"
)

// Database is an open one. Any number of goroutines may use it.
type Database struct{ engine engine }

// engine is one of the two.
type engine interface {
	update(ctx context.Context, change func(*Tx) error) error
	view(ctx context.Context, read func(*Tx) error) error
	close() error
}

// Open opens a PostgreSQL database by its URL (postgres://…), or opens or makes the
// SQLite file of any other name, and applies schemas, each of which must be harmless
// where it was applied before. A URL has no password: ErrPassword.
func Open(ctx context.Context, name string, schemas ...string) (*Database, error) {
	open := openSQLite
	if IsPostgres(name) {
		open = openPostgres
	}
	e, err := open(ctx, name, schemas)
	if err != nil {
		return nil, err
	}
	return &Database{e}, nil
}

// Close closes it.
func (d *Database) Close() error { return d.engine.close() }

// Update runs change in one transaction and commits it durably. If change fails,
// nothing has happened. It may be run more than once before it is committed, so that
// what it does outside the transaction must be done anew each time.
func (d *Database) Update(ctx context.Context, change func(*Tx) error) error {
	return d.engine.update(ctx, change)
}

// View runs read, which changes nothing, on the state of one moment.
func (d *Database) View(ctx context.Context, read func(*Tx) error) error {
	return d.engine.view(ctx, read)
}
