package journal

import (
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
)

// clientsSchema makes a table that is younger than the version.
//
//go:embed clients.sql
var clientsSchema string

var errToken = errors.New("journal: a client's token is no hash")

// Clients returns the clients that were ever paired and not dropped, in the order in
// which they were first put.
func (j *Journal) Clients() ([]pairing.Record, error) {
	rows, err := j.db.QueryContext(whole(), "SELECT id, name, scopes, token, next, created, revoked FROM clients ORDER BY number")
	if err != nil {
		return nil, fmt.Errorf("journal: reading clients: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	var all []pairing.Record
	for rows.Next() {
		r, err := scanClient(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

func scanClient(rows *sql.Rows) (pairing.Record, error) {
	var r pairing.Record
	var token, next []byte
	var created int64
	if err := rows.Scan(&r.ID, &r.Name, &r.Scopes, &token, &next, &created, &r.Revoked); err != nil {
		return r, fmt.Errorf("journal: reading a client: %w", err)
	}
	if copy(r.Token[:], token) != len(token) || len(token) != len(r.Token) {
		return r, errToken
	}
	if next != nil {
		r.Next = new(pairing.Digest)
		if len(next) != len(r.Next) {
			return r, errToken
		}
		copy(r.Next[:], next)
	}
	r.Created = time.UnixMilli(created).UTC()
	return r, nil
}

// PutClient stores a client in place of what is known under its name.
func (j *Journal) PutClient(r pairing.Record) error {
	var next []byte
	if r.Next != nil {
		next = r.Next[:]
	}
	return j.write(func(tx *sql.Tx) error {
		_, err := tx.ExecContext(whole(), `INSERT INTO clients (id, name, scopes, token, next, created, revoked)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, scopes = excluded.scopes,
			token = excluded.token, next = excluded.next, revoked = excluded.revoked`,
			r.ID, r.Name, r.Scopes, r.Token[:], next, r.Created.UnixMilli(), r.Revoked)
		return err
	})
}

// DropClient forgets a client.
func (j *Journal) DropClient(id string) error {
	return j.write(func(tx *sql.Tx) error {
		_, err := tx.ExecContext(whole(), "DELETE FROM clients WHERE id = ?", id)
		return err
	})
}
