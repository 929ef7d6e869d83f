package lane

import (
	"context"
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// Started is the answer to a request to pay.
type Started struct {
	Payment  sale.Payment
	Replayed bool
}

type flightKey struct{ client, key string }

// flight is a request under way; those that come under its key wait for it.
type flight struct {
	request sale.Request
	done    chan struct{}
	started Started
	err     error
}

// Start begins the payment of a client's key, or returns the one that the key
// has. Whatever the number of simultaneous requests, one of them begins.
func (l *Lane) Start(ctx context.Context, client, key string, r sale.Request) (Started, error) {
	f, leads := l.join(flightKey{client, key}, r)
	if !leads {
		return f.await(ctx, r)
	}
	defer l.land(flightKey{client, key}, f)
	f.started, f.err = l.start(client, key, r)
	return f.started, f.err
}

func (l *Lane) join(k flightKey, r sale.Request) (f *flight, leads bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.flights[k]; f != nil {
		return f, false
	}
	f = &flight{request: r, done: make(chan struct{})}
	l.flights[k] = f
	return f, true
}

func (l *Lane) land(k flightKey, f *flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.flights, k)
	close(f.done)
}

func (f *flight) await(ctx context.Context, r sale.Request) (Started, error) {
	t := time.NewTimer(flightWait)
	defer t.Stop()
	select {
	case <-f.done:
	case <-t.C:
		return Started{}, sale.InFlight.Refuse()
	case <-ctx.Done():
		return Started{}, sale.InFlight.Refuse()
	}
	switch {
	case f.err != nil && f.request == r:
		return Started{}, f.err
	case f.err != nil:
		return Started{}, sale.InFlight.Refuse() // the other question failed; the key is free again
	case f.request != r:
		return Started{}, sale.KeyMismatch.Refuse()
	}
	return Started{f.started.Payment, true}, nil
}

func (l *Lane) start(client, key string, r sale.Request) (Started, error) {
	existing, err := l.byKey(client, key)
	if err != nil {
		return Started{}, err
	}
	switch sale.Decide(existing, r) {
	case sale.Replay:
		return Started{existing.Payment, true}, nil
	case sale.Mismatch:
		return Started{}, &sale.ProblemError{Problem: sale.KeyMismatch, PaymentID: existing.Payment.ID}
	}
	k := l.current()
	if k == nil {
		return Started{}, sale.SecureWorldDown.Refuse()
	}
	// A session that died unnoticed is found out before anything is durable.
	if err := k.commands.Ping(payment.Count(time.Now().UnixNano()) % payment.MaxCount); err != nil {
		return Started{}, l.failed(k, err)
	}
	return l.begin(k, client, key, r)
}

func (l *Lane) byKey(client, key string) (*sale.Record, error) {
	_, err := l.journal.Closing(client, key)
	switch {
	case err == nil:
		return nil, sale.KeyMismatch.Refuse() // it closed a batch
	case !errors.Is(err, journal.ErrNotFound):
		return nil, err
	}
	r, err := l.journal.ByKey(client, key)
	if errors.Is(err, journal.ErrNotFound) {
		return nil, nil
	}
	return &r, err
}

// begin journals the payment and asks for it. From the journal on, an error is
// not the end of it: only the secure world's own refusal takes it back.
func (l *Lane) begin(k *link, client, key string, r sale.Request) (Started, error) {
	id, err := payment.NewID(l.cfg.Random)
	if err != nil {
		return Started{}, err
	}
	q := &question{record: sale.Offer(id, client, key, r, l.cfg.Now()), carrier: k.commands, starting: true}
	if err := l.offer(q); err != nil {
		return Started{}, sale.Indeterminate.Refuse()
	}
	v, err := k.commands.Start(r.Start(id))
	var refused *mailbox.RefusedError
	switch {
	case err == nil:
		return l.begun(q, v, k.generation)
	case errors.As(err, &refused):
		return Started{}, l.withdraw(q.record, refused)
	}
	l.cfg.Log.Warn("answer to start lost", "payment_id", id.String(), "error", err)
	k.end() // a new link must ask what happened
	return l.lost(q)
}

func (l *Lane) offer(q *question) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.journal.Insert(q.record); err != nil {
		l.cfg.Log.Error("journal failed", "error", err)
		return err
	}
	l.open[q.record.Payment.ID] = q
	return nil
}

func (l *Lane) begun(q *question, v mailbox.View, generation uint64) (Started, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q.starting = false
	if err := l.hearOf(q, v, generation); err != nil {
		return Started{}, sale.Indeterminate.Refuse()
	}
	return Started{Payment: q.record.Payment}, nil
}

func (l *Lane) lost(q *question) (Started, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q.starting = false
	if err := l.doubt(q); err != nil {
		return Started{}, sale.Indeterminate.Refuse()
	}
	return Started{Payment: q.record.Payment}, nil
}

func (l *Lane) withdraw(r sale.Record, refused *mailbox.RefusedError) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.journal.Withdraw(r.Payment.ID); err != nil {
		l.cfg.Log.Error("journal failed", "error", err)
		return sale.Indeterminate.Refuse()
	}
	delete(l.open, r.Payment.ID)
	l.cfg.Log.Info("start refused", "code", refused.Code.String())
	return &sale.ProblemError{Problem: sale.RefusedStart(refused.Code), PaymentID: refused.ID}
}
