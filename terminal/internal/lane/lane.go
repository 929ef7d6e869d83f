// Package lane runs the payments of one checkout: it journals what a till asks
// for, asks the secure world, follows its events, and finds out what happened
// whenever an answer was lost.
//
// Order of every change: decided (package sale), durable (package journal), then
// told. A payment is in the journal before Start is sent, and what the secure
// world says is in the journal before a till hears of it.
//
// Only the terminal imports it. It must never hold account data.
package lane

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/internal/session"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// Config of a lane.
type Config struct {
	Dial   session.Dial
	Now    func() time.Time
	Random io.Reader // payment ids
	Log    *slog.Logger
	// Settle is how long after the start of the terminal the word "never seen"
	// on a payment of an earlier run counts for nothing: its Start may still lie
	// in a socket that nobody can read to its end any more. 0 means the limit in
	// which the secure world must have read a frame, and a second.
	Settle time.Duration
	// Heard is told of each durable change of an open payment, the one that makes it
	// final being the last. It must not wait. May be nil.
	Heard func(sale.Payment)
}

// Lane is one checkout. Run must be running for anything to happen.
type Lane struct {
	cfg     Config
	journal *journal.Journal
	began   time.Time

	mu      sync.Mutex
	open    map[payment.ID]*question // payments without a final outcome
	link    *link                    // nil while the secure world cannot be asked
	flights map[flightKey]*flight
	changed chan struct{} // closed and replaced at every event
	counter uint64        // generations given out

	settled   map[payment.ID]mark // the last word on payments that are final
	closing   sync.Mutex          // held while a batch is asked to be closed
	described describedCache
}

// mark is where the last word on a payment that is final came from.
type mark struct {
	generation uint64
	version    uint32
}

// question is a payment that is not final, and the session that may carry its
// Start.
type question struct {
	record  sale.Record
	carrier *session.Session // nil: a session of an earlier run
	// starting is true while the answer to Start is awaited: if it is a refusal,
	// nobody may have heard of the payment.
	starting bool
	// forgotten is true once the secure world denied what it had sent; asking
	// again on the same link is no use.
	forgotten bool
}

// New reads the payments that are not final from the journal.
func New(j *journal.Journal, cfg Config) (*Lane, error) {
	if cfg.Settle == 0 {
		cfg.Settle = mailbox.FrameDeadline + time.Second
	}
	l := &Lane{cfg: cfg, journal: j, began: time.Now(), open: map[payment.ID]*question{},
		flights: map[flightKey]*flight{}, changed: make(chan struct{}), settled: map[payment.ID]mark{}}
	open, err := j.Open()
	if err != nil {
		return nil, err
	}
	for _, r := range open {
		l.open[r.Payment.ID] = &question{record: r}
	}
	return l, l.doubtAll()
}

// Changed returns a channel that is closed at the next event.
func (l *Lane) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

// Up reports whether the secure world can be asked.
func (l *Lane) Up() bool { return l.current() != nil }

// Run keeps a link to the secure world until ctx ends, reconnecting for ever.
// It returns an error only when the journal is broken, and then at once, whoever
// wrote: a terminal that lives on without a journal can only refuse.
func (l *Lane) Run(ctx context.Context) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	go func() { // ends with this function
		select {
		case <-l.journal.Dead():
			end()
		case <-ctx.Done():
		}
	}()
	l.keep(ctx)
	if l.journal.Broken() {
		return journal.ErrBroken
	}
	return nil
}

// keep keeps the link until ctx ends.
func (l *Lane) keep(ctx context.Context) {
	pause := shortestPause
	for ctx.Err() == nil {
		began := time.Now()
		err := l.serve(ctx)
		if l.journal.Broken() {
			return
		}
		if time.Since(began) > longestPause {
			pause = shortestPause
		}
		l.cfg.Log.Warn("mailbox link ended", "error", err, "retry_ms", pause.Milliseconds())
		wait(ctx, pause)
		pause = min(2*pause, longestPause)
	}
}

// store makes a change durable and tells everyone who waits, and then the same of
// the payment that is continued. The caller holds mu, so events have the order in
// which they were decided.
func (l *Lane) store(q *question, next sale.Record) error {
	if err := l.update(next); err != nil {
		return err
	}
	q.record = next
	if l.cfg.Heard != nil {
		l.cfg.Heard(next.Payment)
	}
	if next.Finished() {
		delete(l.open, next.Payment.ID)
	}
	return l.tie(next)
}

// update makes a change durable and tells of it. The caller holds mu.
func (l *Lane) update(next sale.Record) error {
	number, err := l.journal.Update(next)
	if err != nil {
		l.cfg.Log.Error("journal failed", "error", err)
		return err
	}
	l.announce(number, next)
	return nil
}

func (l *Lane) announce(number int64, r sale.Record) {
	close(l.changed)
	l.changed = make(chan struct{})
	l.cfg.Log.Info("payment changed", "event", number, "payment_id", r.Payment.ID.String(),
		"version", r.Payment.Version, "status", r.Payment.Status, "money", r.Payment.Money)
}

// doubtAll says of every open payment that it cannot be known now.
func (l *Lane) doubtAll() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, q := range l.open {
		q.forgotten = false
		if q.starting {
			continue
		}
		if err := l.doubt(q); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lane) doubt(q *question) error {
	next, changed := q.record.Doubt(l.cfg.Now())
	if !changed {
		return nil
	}
	return l.store(q, next)
}

// hear takes an answer of the secure world into the journal: how a payment stands.
func (l *Lane) hear(v mailbox.View, generation uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if q := l.open[v.ID]; q != nil {
		return l.hearOf(q, v, generation)
	}
	return l.amend(v, generation)
}

func (l *Lane) hearOf(q *question, v mailbox.View, generation uint64) error {
	next, changed, err := q.record.Hear(v, generation, l.cfg.Now())
	if err != nil {
		l.cfg.Log.Error("view refused", "payment_id", q.record.Payment.ID.String(), "error", err)
		return nil // the payment stays as it was; the link is none the worse
	}
	if next.Finished() {
		l.settle(v, generation)
	}
	if !changed {
		q.record = next
		return nil
	}
	return l.store(q, next)
}

// adopt takes up a payment that the journal does not have, as after its loss, and
// what of it the journal has. The caller holds mu.
func (l *Lane) adopt(v mailbox.View, generation uint64) error {
	r, err := sale.Adopt(v, generation, l.cfg.Now())
	if err != nil {
		l.cfg.Log.Error("view refused", "payment_id", v.ID.String(), "error", err)
		return nil
	}
	followUps, err := l.journal.Of(v.ID)
	if err != nil {
		return err
	}
	for _, f := range followUps {
		r.Payment.FollowUps = append(r.Payment.FollowUps, f.Payment.ID)
	}
	number, err := l.journal.InsertKnown(r)
	if err != nil {
		return err
	}
	if r.Finished() {
		l.settle(v, generation)
	} else {
		l.open[v.ID] = &question{record: r}
	}
	l.announce(number, r)
	return l.tie(r)
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
