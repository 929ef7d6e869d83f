package lane

import (
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// Page returns payments that the filter chooses, newest first, and from where the next
// page goes on; see journal.Page. One whose Start is awaited is not among them: it may
// be withdrawn.
func (l *Lane) Page(f journal.Filter) ([]sale.Record, int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	page, last, err := l.journal.Page(f)
	return slices.DeleteFunc(page, func(r sale.Record) bool {
		q := l.open[r.Payment.ID]
		return q != nil && q.starting
	}), last, err
}

// EventsOf returns the events of a payment that the log still holds, or the problem
// not_found.
func (l *Lane) EventsOf(id payment.ID) (sale.Record, []journal.Event, error) {
	r, err := l.Payment(id)
	if err != nil {
		return r, nil, err
	}
	events, err := l.journal.EventsOf(id)
	return r, events, err
}

// CardUnderWay reports whether a payment is under way at whose prompts a PIN may be
// asked for: one that reads a card.
func (l *Lane) CardUnderWay() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, q := range l.open {
		if p := q.record.Payment; p.Of == nil {
			return true
		}
	}
	return false
}
