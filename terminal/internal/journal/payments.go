package journal

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

const columns = "client, coalesce(key, ''), fingerprint, record"

// Insert makes a payment durable before it is asked for. It is no event: if the
// secure world refuses it, Withdraw takes it back and nobody has heard of it.
func (j *Journal) Insert(r sale.Record) error {
	return j.write(func(tx *sql.Tx) error {
		if taken, err := keyTaken(tx, r); err != nil || taken {
			return errors.Join(err, onlyIf(taken, ErrKeyTaken))
		}
		return insert(tx, r)
	})
}

// Withdraw removes a payment that the secure world refused to start. Its key is
// free again.
func (j *Journal) Withdraw(id payment.ID) error {
	return j.write(func(tx *sql.Tx) error {
		_, err := tx.ExecContext(whole(), "DELETE FROM payments WHERE id = ?", id.String())
		return err
	})
}

// Update makes a change and its event durable in one step and returns the
// event's number.
func (j *Journal) Update(r sale.Record) (number int64, err error) {
	err = j.write(func(tx *sql.Tx) error {
		if err := replace(tx, r); err != nil {
			return err
		}
		number, err = appendEvent(tx, r.Payment)
		return err
	})
	return number, err
}

// InsertKnown is Insert with an event, for a payment that the secure world knew
// and the journal did not.
func (j *Journal) InsertKnown(r sale.Record) (number int64, err error) {
	err = j.write(func(tx *sql.Tx) error {
		if err := insert(tx, r); err != nil {
			return err
		}
		number, err = appendEvent(tx, r.Payment)
		return err
	})
	return number, err
}

// ByID returns a payment, or ErrNotFound.
func (j *Journal) ByID(id payment.ID) (sale.Record, error) {
	return j.one("SELECT "+columns+" FROM payments WHERE id = ?", id.String())
}

// ByKey returns the payment of a client's key, or ErrNotFound.
func (j *Journal) ByKey(client, key string) (sale.Record, error) {
	return j.one("SELECT "+columns+" FROM payments WHERE client = ? AND key = ?", client, key)
}

// Open returns the payments whose outcome is not final, oldest first.
func (j *Journal) Open() ([]sale.Record, error) {
	return j.many("SELECT " + columns + " FROM payments WHERE finished = 0 ORDER BY number")
}

// Latest returns at most limit payments, newest first.
func (j *Journal) Latest(limit int) ([]sale.Record, error) {
	return j.many("SELECT "+columns+" FROM payments ORDER BY number DESC LIMIT ?", limit)
}

// Unsettled returns at most limit payments before a number (0: the newest), newest first,
// of which the last word on the money is still to come: approved by the card alone and
// not heard of by its issuer yet, or held. The number is that of the last of them.
func (j *Journal) Unsettled(before int64, limit int) (page []sale.Record, last int64, err error) {
	if before == 0 {
		before = math.MaxInt64
	}
	page, err = j.many("SELECT "+columns+" FROM payments WHERE "+unsettled+" AND number < ? ORDER BY number DESC LIMIT ?", before, limit)
	if err != nil || len(page) == 0 {
		return nil, 0, err
	}
	oldest := page[len(page)-1].Payment.ID.String()
	err = j.db.QueryRowContext(whole(), "SELECT number FROM payments WHERE id = ?", oldest).Scan(&last)
	return page, last, err
}

// unsettled has an index of its own: the journal has years of the others.
const unsettled = `finished = 1 AND (json_extract(record, '$.payment.money') = 'held'
	OR json_extract(record, '$.payment.money') = 'captured' AND json_extract(record, '$.payment.offline') = 1)`

const unsettledIndex = "CREATE INDEX IF NOT EXISTS payments_unsettled ON payments (number) WHERE " + unsettled + ";"

// Of returns the payments that continue one, oldest first.
func (j *Journal) Of(id payment.ID) ([]sale.Record, error) {
	return j.many("SELECT "+columns+" FROM payments WHERE json_extract(record, '$.payment.of') = ? ORDER BY number", id.String())
}

func keyTaken(tx *sql.Tx, r sale.Record) (bool, error) {
	var n int
	err := tx.QueryRowContext(whole(), "SELECT count(*) FROM payments WHERE client = ? AND key = ?", r.Client, r.Key).Scan(&n)
	return n > 0, err
}

func onlyIf(condition bool, err error) error {
	if condition {
		return err
	}
	return nil
}

func insert(tx *sql.Tx, r sale.Record) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(whole(), `INSERT INTO payments (id, client, key, fingerprint, finished, created, record)
		VALUES (?, ?, nullif(?, ''), ?, ?, ?, ?)`, r.Payment.ID.String(), r.Client, r.Key,
		r.Fingerprint[:], r.Finished(), r.Payment.CreatedAt.UnixMilli(), string(body))
	return err
}

// replace never touches a final outcome, only the money of it: the condition is the
// last guard of "an outcome never changes".
func replace(tx *sql.Tx, r sale.Record) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	done, err := tx.ExecContext(whole(), `UPDATE payments SET finished = ?, record = ? WHERE id = ?
		AND (finished = 0 OR json_extract(record, '$.payment.outcome') = ?)`,
		r.Finished(), string(body), r.Payment.ID.String(), r.Payment.Outcome)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, errors.New("the payment is missing or final"))
	}
	return nil
}

func (j *Journal) one(query string, args ...any) (sale.Record, error) {
	r, err := scan(j.db.QueryRowContext(whole(), query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return sale.Record{}, ErrNotFound
	}
	return r, err
}

func (j *Journal) many(query string, args ...any) ([]sale.Record, error) {
	rows, err := j.db.QueryContext(whole(), query, args...)
	if err != nil {
		return nil, fmt.Errorf("journal: reading payments: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	var all []sale.Record
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

func scan(row interface{ Scan(...any) error }) (sale.Record, error) {
	var r sale.Record
	var fingerprint, body []byte
	var client, key string
	if err := row.Scan(&client, &key, &fingerprint, &body); err != nil {
		return r, fmt.Errorf("journal: reading a payment: %w", err)
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return r, fmt.Errorf("journal: reading a payment: %w", err)
	}
	if r.Payment.FollowUps == nil { // written before there were any
		r.Payment.FollowUps = []payment.ID{}
	}
	r.Client, r.Key = client, key
	copy(r.Fingerprint[:], fingerprint)
	return r, nil
}
