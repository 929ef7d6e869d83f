package lane

import (
	"errors"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// Payment returns a payment, or the problem not_found.
func (l *Lane) Payment(id payment.ID) (sale.Record, error) {
	return found(l.journal.ByID(id))(sale.NotFound)
}

// ByKey returns the payment of a client's key, or the problem never_seen.
func (l *Lane) ByKey(client, key string) (sale.Record, error) {
	l.mu.Lock() // until the journal has answered: what it has is then not withdrawn
	defer l.mu.Unlock()
	if l.flights[flightKey{client, key}] != nil {
		return sale.Record{}, sale.InFlight.Refuse() // "never seen" would soon be wrong
	}
	return found(l.journal.ByKey(client, key))(sale.NeverSeen)
}

func found(r sale.Record, err error) func(sale.Problem) (sale.Record, error) {
	return func(otherwise sale.Problem) (sale.Record, error) {
		if errors.Is(err, journal.ErrNotFound) {
			return r, otherwise.Refuse()
		}
		return r, err
	}
}

// EventsAfter returns durable events; see journal.EventsAfter.
func (l *Lane) EventsAfter(after int64, limit int) ([]journal.Event, bool, error) {
	return l.journal.EventsAfter(after, limit)
}

// NewestEvent is the number of the last durable event.
func (l *Lane) NewestEvent() (int64, error) {
	_, newest, err := l.journal.Range()
	return newest, err
}

// Cancel asks that a payment end without charge and returns it as it stands. It
// may lose; a payment that is final stays as it is.
func (l *Lane) Cancel(id payment.ID) (sale.Payment, error) {
	r, err := l.Payment(id)
	if err != nil || r.Finished() {
		return r.Payment, err
	}
	k := l.current()
	if k == nil {
		return sale.Payment{}, sale.SecureWorldDown.Refuse()
	}
	if err := l.wishCancel(id); err != nil {
		return sale.Payment{}, err
	}
	if err := l.sendCancel(k, id); err != nil {
		return sale.Payment{}, err
	}
	r, err = l.Payment(id)
	return r.Payment, err
}

func (l *Lane) wishCancel(id payment.ID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.open[id]
	if q == nil {
		return nil
	}
	next, changed := q.record.AskCancel(l.cfg.Now())
	if !changed {
		return nil
	}
	return l.store(q, next)
}

func (l *Lane) sendCancel(k *link, id payment.ID) error {
	v, err := k.commands.Cancel(id)
	var refused *mailbox.RefusedError
	switch {
	case err == nil:
		return l.hear(v, k.generation)
	case errors.As(err, &refused):
		l.cfg.Log.Info("cancel refused", "payment_id", id.String(), "code", refused.Code.String())
		return nil // the payment's state says why
	}
	return l.failed(k, err)
}

// failed ends a link of which one session has died, so that a new one is made.
func (l *Lane) failed(k *link, err error) error {
	l.cfg.Log.Warn("mailbox call failed", "error", err)
	k.end()
	return sale.SecureWorldDown.Refuse()
}

type describedCache struct {
	mu   sync.Mutex
	at   time.Time
	link *link
	last mailbox.Description
}

// Describe returns what the secure world says of itself, or the problem
// secure_world_down.
func (l *Lane) Describe() (mailbox.Description, error) {
	k := l.current()
	if k == nil {
		return mailbox.Description{}, sale.SecureWorldDown.Refuse()
	}
	c := &l.described
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link == k && time.Since(c.at) < describedFor {
		return c.last, nil
	}
	d, err := k.commands.Describe()
	if err != nil {
		return mailbox.Description{}, l.failed(k, err)
	}
	c.at, c.link, c.last = time.Now(), k, d
	return d, nil
}
