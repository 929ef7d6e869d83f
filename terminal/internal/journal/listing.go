package journal

import (
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

//go:embed listing.sql
var listingSchema string

// Filter chooses payments. What is zero chooses nothing.
type Filter struct {
	Before    int64 // payments older than the one with this number
	Reference string
	Status    Status
	Outcome   string
	From      time.Time // created at or after
	Until     time.Time // created before
	Limit     int
}

// Status is whether a payment has its outcome.
type Status uint8

// Values of Status.
const (
	AnyStatus Status = iota
	OpenOnly
	CompletedOnly
)

// where is the condition of the filter and its arguments.
func (f Filter) where() (string, []any) {
	var parts []string
	var args []any
	add := func(given bool, part string, arg ...any) {
		if given {
			parts, args = append(parts, part), append(args, arg...)
		}
	}
	add(f.Before > 0, "number < ?", f.Before)
	add(f.Reference != "", "json_extract(record, '$.payment.reference') = ?", f.Reference)
	add(f.Status == OpenOnly, "finished = 0")
	add(f.Status == CompletedOnly, "finished = 1")
	add(f.Outcome != "", "json_extract(record, '$.payment.outcome') = ?", f.Outcome)
	// The first number of that time bounds what is read: the journal has years.
	add(!f.From.IsZero(), "created >= ? AND number >= (SELECT min(number) FROM payments WHERE created >= ?)", f.From.UnixMilli(), f.From.UnixMilli())
	add(!f.Until.IsZero(), "created < ?", f.Until.UnixMilli())
	if len(parts) == 0 {
		return "1", nil
	}
	return strings.Join(parts, " AND "), args
}

// Page returns the payments that the filter chooses, newest first, and the number of
// the last of them, from which the next page goes on; 0 where there is none.
func (j *Journal) Page(f Filter) (page []sale.Record, last int64, err error) {
	where, args := f.where()
	page, err = j.many("SELECT "+columns+" FROM payments WHERE "+where+" ORDER BY number DESC LIMIT ?", append(args, f.Limit)...)
	if err != nil || len(page) < f.Limit {
		return page, 0, err
	}
	oldest := page[len(page)-1].Payment.ID.String()
	if err := j.db.QueryRowContext(whole(), "SELECT number FROM payments WHERE id = ?", oldest).Scan(&last); err != nil {
		return nil, 0, fmt.Errorf("journal: reading a payment's number: %w", err)
	}
	return page, last, nil
}

// EventsOf returns the events of a payment that the log still holds, oldest first.
func (j *Journal) EventsOf(id payment.ID) (events []Event, err error) {
	rows, err := j.db.QueryContext(whole(), "SELECT number, body FROM events WHERE json_extract(body, '$.id') = ? ORDER BY number", id.String())
	if err != nil {
		return nil, fmt.Errorf("journal: reading a payment's events: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	for rows.Next() {
		var e Event
		if err := rows.Scan(&e.Number, &e.Body); err != nil {
			return nil, fmt.Errorf("journal: reading a payment's event: %w", err)
		}
		events = append(events, e)
	}
	return events, rows.Err()
}
