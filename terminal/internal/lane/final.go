package lane

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// amend takes how a payment stands that is final, or that the journal does not have.
// Its outcome stays; its money moves with what continues it. The caller holds mu.
func (l *Lane) amend(v mailbox.View, generation uint64) error {
	r, err := l.journal.ByID(v.ID)
	switch {
	case errors.Is(err, journal.ErrNotFound):
		return l.adopt(v, generation)
	case err != nil || l.heardLater(v, generation):
		return err
	}
	next, changed, err := r.Amend(v, l.cfg.Now())
	if err != nil {
		l.cfg.Log.Error("view refused", "payment_id", v.ID.String(), "error", err)
		return nil
	}
	l.settle(v, generation)
	if !changed {
		return nil
	}
	return l.update(next)
}

// heed takes an event. One of a payment that is final may be old, told once more at
// the beginning of a generation, and then the money would go back and forth before
// those who watch it: if it says anything new, the secure world is asked how the
// payment stands now.
func (l *Lane) heed(ctx context.Context, k *link, v mailbox.View) error {
	if err := l.originalFirst(k, v); err != nil {
		return err
	}
	news, err := l.news(v, k.generation)
	if err != nil || !news {
		return err
	}
	return l.ask(ctx, k, v.ID)
}

// learn takes an answer to Status.
func (l *Lane) learn(k *link, v mailbox.View) error {
	if err := l.originalFirst(k, v); err != nil {
		return err
	}
	return l.hear(v, k.generation)
}

// originalFirst asks how the payment stands that v has continued, before v is told of:
// a till that hears of a refund finds it at the sale.
func (l *Lane) originalFirst(k *link, v mailbox.View) error {
	if v.Of.Zero() || v.Status != payment.StatusCompleted {
		return nil
	}
	of, err := k.commands.Status(v.Of)
	if refused := (*mailbox.RefusedError)(nil); errors.As(err, &refused) {
		return nil // long ago, and no longer known
	}
	if err != nil {
		return err
	}
	return l.hear(of, k.generation)
}

// news hears of a payment that is open or not known, and reports whether the event
// of any other would change it.
func (l *Lane) news(v mailbox.View, generation uint64) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if q := l.open[v.ID]; q != nil {
		return false, l.hearOf(q, v, generation)
	}
	r, err := l.journal.ByID(v.ID)
	switch {
	case errors.Is(err, journal.ErrNotFound):
		return false, l.adopt(v, generation)
	case err != nil || l.heardLater(v, generation) || v.Status != payment.StatusCompleted:
		return false, err
	}
	_, changed, err := r.Amend(v, l.cfg.Now())
	return changed || err != nil, nil
}

// settle notes the last word on a payment that is final. The caller holds mu.
func (l *Lane) settle(v mailbox.View, generation uint64) {
	if len(l.settled) >= maxSettled {
		clear(l.settled) // it costs a question more
	}
	l.settled[v.ID] = mark{generation, v.Version}
}

func (l *Lane) heardLater(v mailbox.View, generation uint64) bool {
	m, known := l.settled[v.ID]
	return known && (m.generation > generation || m.generation == generation && m.version >= v.Version)
}

// tie notes with the payment that r continues that it does. The caller holds mu.
func (l *Lane) tie(r sale.Record) error {
	if r.Payment.Of == nil {
		return nil
	}
	if q := l.open[*r.Payment.Of]; q != nil {
		if next, changed := q.record.Link(r.Payment.ID, l.cfg.Now()); changed {
			return l.store(q, next)
		}
		return nil
	}
	of, err := l.journal.ByID(*r.Payment.Of)
	if errors.Is(err, journal.ErrNotFound) {
		return nil // it is adopted with what continues it
	}
	if err != nil {
		return err
	}
	if next, changed := of.Link(r.Payment.ID, l.cfg.Now()); changed {
		return l.update(next)
	}
	return nil
}

// review asks of the payments whose money may have moved while nobody listened: of the
// latest, and of all others on which a word is still to come, however old.
func (l *Lane) review(ctx context.Context, k *link) error {
	latest, err := l.journal.Latest(reviewed)
	if err != nil {
		return err
	}
	asked := map[payment.ID]bool{}
	if err := l.reviewAll(ctx, k, latest, asked); err != nil {
		return err
	}
	for before := int64(0); ; {
		page, last, err := l.journal.Unsettled(before, reviewPage)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := l.reviewAll(ctx, k, page, asked); err != nil {
			return err
		}
		before = last
	}
}

func (l *Lane) reviewAll(ctx context.Context, k *link, page []sale.Record, asked map[payment.ID]bool) error {
	for _, r := range page {
		id := r.Payment.ID
		if !r.Finished() || r.Payment.ApprovedAmount == nil || asked[id] {
			continue
		}
		asked[id] = true
		if err := l.ask(ctx, k, id); err != nil {
			return err
		}
	}
	return nil
}
