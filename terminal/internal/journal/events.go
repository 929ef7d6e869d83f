package journal

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// KeptEvents is how many events can be resumed from: days of a busy lane, some
// ten megabytes.
const KeptEvents = 10_000

// Event is one durable change. Numbers rise strictly and are never used twice.
type Event struct {
	Number int64
	Body   []byte // the payment's JSON on one line
}

// EventsAfter returns at most limit events beyond a number, and whether older
// ones that were asked for are gone or the number was never given out.
func (j *Journal) EventsAfter(after int64, limit int) (events []Event, gap bool, err error) {
	oldest, newest, err := j.Range()
	if err != nil {
		return nil, false, err
	}
	gap = after > newest || after+1 < oldest
	if after > newest {
		after = newest
	}
	rows, err := j.db.QueryContext(whole(), "SELECT number, body FROM events WHERE number > ? ORDER BY number LIMIT ?", after, limit)
	if err != nil {
		return nil, false, fmt.Errorf("journal: reading events: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	for rows.Next() {
		var e Event
		if err := rows.Scan(&e.Number, &e.Body); err != nil {
			return nil, false, fmt.Errorf("journal: reading an event: %w", err)
		}
		events = append(events, e)
	}
	return events, gap, rows.Err()
}

// Range returns the first and the last number that the log holds; 1 and 0 where
// it never held any.
func (j *Journal) Range() (oldest, newest int64, err error) {
	err = j.db.QueryRowContext(whole(), "SELECT coalesce(min(number), 1), coalesce(max(number), 0) FROM events").Scan(&oldest, &newest)
	if err != nil {
		return 0, 0, fmt.Errorf("journal: reading the range of events: %w", err)
	}
	return oldest, newest, nil
}

func appendEvent(tx *sql.Tx, p sale.Payment) (int64, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return 0, err
	}
	done, err := tx.ExecContext(whole(), "INSERT INTO events (body) VALUES (?)", string(body))
	if err != nil {
		return 0, err
	}
	number, err := done.LastInsertId()
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(whole(), "DELETE FROM events WHERE number <= ?", number-KeptEvents)
	return number, err
}
