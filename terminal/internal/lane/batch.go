package lane

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// Batch is a batch with its differences, item by item.
type Batch struct {
	View        mailbox.BatchView
	Differences []mailbox.Different
}

// Batch returns how a batch stands, 0 being the one that is open, or the problem
// not_found or secure_world_down.
func (l *Lane) Batch(number payment.Batch) (Batch, error) {
	k := l.current()
	if k == nil {
		return Batch{}, sale.SecureWorldDown.Refuse()
	}
	v, err := k.commands.Batch(number)
	if err != nil {
		return Batch{}, l.refusedBatch(k, err)
	}
	return l.withDifferences(k, v)
}

func (l *Lane) withDifferences(k *link, v mailbox.BatchView) (Batch, error) {
	b := Batch{View: v}
	for i := range min(v.Differences, maxDifferences) {
		d, err := k.commands.Difference(v.Batch, i)
		switch {
		case err != nil:
			return Batch{}, l.refusedBatch(k, err)
		case !d.Present:
			return b, nil
		}
		b.Differences = append(b.Differences, d)
	}
	return b, nil
}

// CloseBatch asks that the open batch be closed and returns it as it stands. A key
// means one batch for ever: sent again, its closing is asked for again, which a
// batch that is closed does not mind, and the next one stays open.
func (l *Lane) CloseBatch(client, key string) (b Batch, replayed bool, err error) {
	l.closing.Lock()
	defer l.closing.Unlock()
	switch _, err := l.ByKey(client, key); {
	case err == nil:
		return Batch{}, false, sale.KeyMismatch.Refuse() // it began a payment
	case !isProblem(err, sale.NeverSeen):
		return Batch{}, false, err
	}
	k := l.current()
	if k == nil {
		return Batch{}, false, sale.SecureWorldDown.Refuse()
	}
	number, err := l.journal.Closing(client, key)
	replayed = err == nil
	if errors.Is(err, journal.ErrNotFound) {
		number, err = l.offerClosing(k, client, key)
	}
	if err != nil {
		return Batch{}, false, err
	}
	b, err = l.close(k, number)
	var refused *sale.ProblemError
	if !replayed && errors.As(err, &refused) && refused.Problem != sale.Indeterminate {
		err = errors.Join(err, l.journal.WithdrawClosing(client, key))
	}
	return b, replayed, err
}

// offerClosing makes durable which batch the key means.
func (l *Lane) offerClosing(k *link, client, key string) (payment.Batch, error) {
	v, err := k.commands.Batch(0)
	if err != nil {
		return 0, l.refusedBatch(k, err)
	}
	if err := l.journal.InsertClosing(client, key, v.Batch); err != nil {
		return 0, sale.Indeterminate.Refuse()
	}
	return v.Batch, nil
}

// close asks that a batch be closed. Where the answer is lost, it may have been.
func (l *Lane) close(k *link, number payment.Batch) (Batch, error) {
	v, err := k.commands.Settle(number)
	var refused *mailbox.RefusedError
	switch {
	case errors.As(err, &refused):
		return Batch{}, l.refusedBatch(k, err)
	case err != nil:
		_ = l.failed(k, err) // the problem is another
		return Batch{}, sale.Indeterminate.Refuse()
	}
	l.cfg.Log.Info("batch asked to be closed", "batch", uint32(v.Batch), "state", v.State.String())
	return Batch{View: v}, nil
}

// ClosedBy returns the batch of a client's key, or the problem never_seen.
func (l *Lane) ClosedBy(client, key string) (Batch, error) {
	number, err := l.journal.Closing(client, key)
	if errors.Is(err, journal.ErrNotFound) {
		return Batch{}, sale.NeverSeen.Refuse()
	}
	if err != nil {
		return Batch{}, err
	}
	return l.Batch(number)
}

func (l *Lane) refusedBatch(k *link, err error) error {
	var refused *mailbox.RefusedError
	if errors.As(err, &refused) {
		return &sale.ProblemError{Problem: sale.RefusedStart(refused.Code), PaymentID: refused.ID}
	}
	return l.failed(k, err)
}

func isProblem(err error, p sale.Problem) bool {
	var known *sale.ProblemError
	return errors.As(err, &known) && known.Problem == p
}
