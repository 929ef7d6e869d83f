package lane

import (
	"context"
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/session"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// link is one generation: a session for commands and one that waits for events.
// They live and die together, so that a generation never spans a restart of the
// secure world unnoticed.
type link struct {
	generation uint64
	commands   *session.Session
	events     *session.Session
}

func (k *link) end() {
	_ = k.commands.Close() // ending; nothing is left to tell
	_ = k.events.Close()   // likewise
}

// TestOnlyBreak ends the link from this side, as a fault of the line would.
func (l *Lane) TestOnlyBreak() {
	if k := l.current(); k != nil {
		k.end()
	}
}

func (l *Lane) current() *link {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.link
}

// serve connects, asks for every open payment, and follows events until
// something fails.
func (l *Lane) serve(ctx context.Context) error {
	k, err := l.connect(ctx)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, k.end)()
	defer l.drop(k)
	if err := l.askAll(ctx, k); err != nil {
		return err
	}
	l.raise(k)
	return l.follow(ctx, k)
}

func (l *Lane) connect(ctx context.Context) (*link, error) {
	commands, err := session.Open(ctx, l.cfg.Dial, 0)
	if err != nil {
		return nil, err
	}
	events, err := session.Open(ctx, l.cfg.Dial, eventWait)
	if err != nil {
		return nil, errors.Join(err, commands.Close())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counter++
	return &link{l.counter, commands, events}, nil
}

// raise lets payments begin on k. Open payments were asked for before, so the
// first word of this generation on each of them was an answer, not an old event.
func (l *Lane) raise(k *link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.link = k
	l.cfg.Log.Info("mailbox link up", "generation", k.generation)
}

// drop ends k; what is open is in doubt until the next link has asked.
func (l *Lane) drop(k *link) {
	k.end()
	l.mu.Lock()
	if l.link == k {
		l.link = nil
	}
	l.mu.Unlock()
	if err := l.doubtAll(); err != nil {
		l.cfg.Log.Error("journal failed", "error", err)
	}
}

// follow takes events from the beginning of the secure world's history: what is
// known already changes nothing, and after a lost journal the history is what
// there is.
func (l *Lane) follow(ctx context.Context, k *link) error {
	if err := l.review(ctx, k); err != nil {
		return err
	}
	var after payment.Count
	for ctx.Err() == nil {
		e, err := k.events.Events(after, uint16(eventWait.Milliseconds()))
		if err != nil {
			return err
		}
		if after, err = l.take(ctx, k, e, after); err != nil {
			return err
		}
		if err := l.askUnheard(ctx, k); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (l *Lane) take(ctx context.Context, k *link, e mailbox.Event, after payment.Count) (payment.Count, error) {
	if e.Present {
		if err := l.heed(ctx, k, e.View); err != nil {
			return after, err
		}
		after = e.Number
	}
	if !e.Gap {
		return after, nil
	}
	if !e.Present {
		after = e.Number
		wait(ctx, shortestPause) // a gap with nothing behind it must not be asked for in a hot loop
	}
	if err := l.askAll(ctx, k); err != nil {
		return after, err
	}
	return after, l.review(ctx, k)
}

// askAll asks how every open payment stands.
func (l *Lane) askAll(ctx context.Context, k *link) error {
	for _, id := range l.ids(func(*question) bool { return true }) {
		if err := l.ask(ctx, k, id); err != nil {
			return err
		}
	}
	return nil
}

// askUnheard asks again for payments that are in doubt although the link is up:
// the secure world had never seen them, but it was too early to believe that.
func (l *Lane) askUnheard(ctx context.Context, k *link) error {
	for _, id := range l.ids(func(q *question) bool { return !q.forgotten && !q.record.HeardIn(k.generation) && l.carrierEnded(q) }) {
		if err := l.ask(ctx, k, id); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lane) ids(want func(*question) bool) []payment.ID {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []payment.ID
	for id, q := range l.open {
		if want(q) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (l *Lane) ask(ctx context.Context, k *link, id payment.ID) error {
	v, err := k.commands.Status(id)
	var refused *mailbox.RefusedError
	switch {
	case err == nil:
		return l.learn(k, v)
	case !errors.As(err, &refused):
		return err
	case refused.Code == mailbox.CodeNeverSeen:
		return l.askAfterEnd(ctx, k, id)
	}
	l.cfg.Log.Warn("status refused", "payment_id", id.String(), "code", refused.Code.String())
	return nil
}

// askAfterEnd concludes that a payment never began only from a session that was
// opened after the one that may carry its Start had ended. Until then the
// question stays open.
func (l *Lane) askAfterEnd(ctx context.Context, k *link, id payment.ID) error {
	l.mu.Lock()
	q := l.open[id]
	ended := q != nil && l.carrierEnded(q)
	l.mu.Unlock()
	if !ended {
		return nil
	}
	fresh, err := session.Open(ctx, l.cfg.Dial, 0)
	if err != nil {
		return err
	}
	defer func() { _ = fresh.Close() }() // it was only asked
	v, err := fresh.Status(id)
	var refused *mailbox.RefusedError
	switch {
	case err == nil:
		return l.learn(k, v)
	case errors.As(err, &refused) && refused.Code == mailbox.CodeNeverSeen:
		return l.forget(id)
	}
	return err
}

func (l *Lane) forget(id payment.ID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.open[id]
	if q == nil {
		return nil
	}
	next, changed, err := q.record.Forget(l.carrierEnded(q), l.cfg.Now())
	if errors.Is(err, sale.ErrForgotten) {
		q.forgotten = true
		l.cfg.Log.Error("secure world forgot a sent payment", "payment_id", id.String())
		return nil
	}
	if err != nil || !changed {
		return err
	}
	return l.store(q, next)
}

// carrierEnded reports whether a Start of q can no longer arrive. The caller
// holds mu.
func (l *Lane) carrierEnded(q *question) bool {
	if q.carrier == nil {
		return time.Since(l.began) > l.cfg.Settle
	}
	select {
	case <-q.carrier.Ended():
		return true
	default:
		return false
	}
}
