package journal

import (
	"database/sql"
	_ "embed"
	"fmt"
	"time"
)

//go:embed webhooks.sql
var webhooksSchema string

// Webhook is an address that is told of events, with how far it has been told. Its
// secret lies in the journal's file, of mode 0600.
type Webhook struct {
	ID       string
	URL      string
	Secret   []byte
	Created  time.Time
	Position int64     // the last event that it took
	Failures int       // of the event that is next
	Next     time.Time // not tried before
	Status   int       // HTTP status of the last try; 0: none
	State    string
}

// Webhooks returns all, oldest first.
func (j *Journal) Webhooks() (all []Webhook, err error) {
	rows, err := j.db.QueryContext(whole(), `SELECT id, url, secret, created, position, failures, next, status, state
		FROM webhooks ORDER BY number`)
	if err != nil {
		return nil, fmt.Errorf("journal: reading webhooks: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	for rows.Next() {
		var w Webhook
		var created, next int64
		if err := rows.Scan(&w.ID, &w.URL, &w.Secret, &created, &w.Position, &w.Failures, &next, &w.Status, &w.State); err != nil {
			return nil, fmt.Errorf("journal: reading a webhook: %w", err)
		}
		w.Created, w.Next = time.UnixMilli(created).UTC(), time.UnixMilli(next).UTC()
		all = append(all, w)
	}
	return all, rows.Err()
}

// InsertWebhook makes an address durable before anybody is told its secret.
func (j *Journal) InsertWebhook(w Webhook) error {
	return j.write(func(tx *sql.Tx) error {
		_, err := tx.ExecContext(whole(), `INSERT INTO webhooks (id, url, secret, created, position, failures, next, status, state)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, w.ID, w.URL, w.Secret, w.Created.UnixMilli(), w.Position, w.Failures, w.Next.UnixMilli(), w.Status, w.State)
		return err
	})
}

// UpdateWebhook keeps how far an address has been told; of one that was deleted,
// nothing.
func (j *Journal) UpdateWebhook(w Webhook) error {
	return j.write(func(tx *sql.Tx) error {
		_, err := tx.ExecContext(whole(), "UPDATE webhooks SET position = ?, failures = ?, next = ?, status = ?, state = ? WHERE id = ?",
			w.Position, w.Failures, w.Next.UnixMilli(), w.Status, w.State, w.ID)
		return err
	})
}

// DeleteWebhook forgets an address and its secret, and reports whether there was one.
func (j *Journal) DeleteWebhook(id string) (found bool, err error) {
	err = j.write(func(tx *sql.Tx) error {
		done, err := tx.ExecContext(whole(), "DELETE FROM webhooks WHERE id = ?", id)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		found = n > 0
		return err
	})
	return found, err
}
