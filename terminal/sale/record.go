package sale

import (
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Record is a payment with what the terminal must remember of it.
type Record struct {
	Payment Payment `json:"payment"`
	Slip    *Slip   `json:"slip"`
	// Sent says that the secure world once said that a request to the host may
	// have left.
	Sent bool `json:"sent"`

	Client      string   `json:"-"` // whose key it is
	Key         string   `json:"-"` // empty where the payment was adopted
	Fingerprint [32]byte `json:"-"`

	heard heard // of this process only
}

// heard is where the last word on a payment came from. A generation is one pair
// of sessions: within it versions order the views, across it they need not,
// since what was not durable when the secure world ended is counted again.
type heard struct {
	generation uint64
	version    uint32
}

// Errors of a word that cannot be true of the payment. The record stays as it
// was.
var (
	ErrOtherPayment = errors.New("sale: the view is of another payment")
	ErrInconsistent = errors.New("sale: the view contradicts itself")
	ErrForgotten    = errors.New("sale: the secure world forgot a payment that it had sent")
	ErrTooEarly     = errors.New("sale: the start may still arrive")
	ErrFinal        = errors.New("sale: the view has another outcome than the final one")
)

// Offer is a payment that is about to be asked for.
func Offer(id payment.ID, client, key string, r Request, now time.Time) Record {
	return Record{Client: client, Key: key, Fingerprint: r.Fingerprint(),
		Payment: Payment{ID: id, Version: 1, Type: r.Type.String(), Of: original(r.Of), Amount: r.Amount,
			Tip: r.Tip, Cashback: r.Cashback, PartialAllowed: r.Partial, StoreCard: r.Store, Last: r.Last,
			Currency: r.Currency, Capture: captureOf(r.Type), Entry: r.Entry, Reference: named(r.Reference),
			TimeoutSeconds: r.TimeoutSeconds, Status: payment.StatusCreated.String(),
			Money: payment.MoneyNone.String(), Advice: []string{}, FollowUps: []payment.ID{},
			CreatedAt: stamp(now), UpdatedAt: stamp(now)}}
}

// Adopt is a payment that the secure world knows and the journal does not, as
// after the loss of the journal. Its key is gone.
func Adopt(v mailbox.View, generation uint64, now time.Time) (Record, error) {
	if v.ID.Zero() || v.Amount < 1 && !amountless(v.Type) || !v.Currency.Known() || v.Type == payment.TypeNone {
		return Record{}, ErrInconsistent
	}
	r := Offer(v.ID, "", "", Request{Type: v.Type, Of: v.Of, Amount: v.Amount, Currency: v.Currency, Tip: v.Tip, Cashback: v.Cashback}, now)
	r.Payment.Version = 0
	next, _, err := r.Hear(v, generation, now)
	return next, err
}

// Finished reports whether the outcome is final.
func (r Record) Finished() bool { return r.Payment.Outcome != nil }

// Hear takes what the secure world says. The first word of a generation must be
// an answer to Status or Start, later ones may be events. It reports whether
// anything changed.
func (r Record) Hear(v mailbox.View, generation uint64, now time.Time) (Record, bool, error) {
	if r.Finished() || r.stale(v, generation) {
		return r, false, nil
	}
	if err := r.believable(v); err != nil {
		return r, false, err
	}
	next := r
	next.heard = heard{generation, v.Version}
	next.Sent = r.Sent || v.Sent
	next.Slip = slipOf(v.Receipt)
	next.Payment = r.Payment.describe(v)
	return r.become(next, now)
}

// Amend takes what the secure world says of a payment whose outcome is final: the
// money may still be captured, released and given back by what continues the
// payment, and an offline approval be confirmed. The outcome stays. The view must be
// the newest, which is not known here.
func (r Record) Amend(v mailbox.View, now time.Time) (Record, bool, error) {
	if !r.Finished() {
		return r, false, nil
	}
	if err := r.believable(v); err != nil {
		return r, false, err
	}
	if !completed(v) || v.Outcome.String() != *r.Payment.Outcome {
		return r, false, ErrFinal
	}
	next := r
	next.Payment = r.Payment.amounts(v)
	next.Payment.Money, next.Payment.Decline = v.Money.String(), declineOf(v)
	if v.Type == payment.TypePreauth {
		next.Payment.ApprovedAmount = approvedOf(v) // with what increments hold besides
	}
	return r.become(next, now)
}

// Link notes that a payment continues this one.
func (r Record) Link(followUp payment.ID, now time.Time) (Record, bool) {
	if slices.Contains(r.Payment.FollowUps, followUp) {
		return r, false
	}
	next := r
	next.Payment.FollowUps = append(slices.Clone(r.Payment.FollowUps), followUp)
	next, changed, _ := r.become(next, now) // no view, so no error
	return next, changed
}

// Doubt says that the secure world can no longer be asked, or that the answer
// to Start was lost.
func (r Record) Doubt(now time.Time) (Record, bool) {
	if r.Finished() {
		return r, false
	}
	next := r
	next.Payment = r.Payment.doubt()
	next, changed, _ := r.become(next, now) // no view, so no error
	return next, changed
}

// Forget takes the secure world's word that it never saw the payment. It counts
// only once the session that may have carried Start has ended: until then Start
// may still arrive behind the question. A payment that was once sent cannot
// have been never seen.
func (r Record) Forget(startEnded bool, now time.Time) (Record, bool, error) {
	switch {
	case r.Finished():
		return r, false, nil
	case !startEnded:
		return r, false, ErrTooEarly
	case r.Sent:
		return r, false, ErrForgotten
	}
	next := r
	next.Payment = r.Payment.notCharged()
	return r.become(next, now)
}

// AskCancel notes the till's wish; it may lose.
func (r Record) AskCancel(now time.Time) (Record, bool) {
	if r.Finished() {
		return r, false
	}
	next := r
	next.Payment.CancelRequested = true
	next, changed, _ := r.become(next, now) // no view, so no error
	return next, changed
}

// HeardIn reports whether the last word on the payment is of this generation.
func (r Record) HeardIn(generation uint64) bool { return r.heard.generation == generation }

// stale keeps an older view from covering a newer one. A final word is never
// stale: it may come with a lower version after a restart.
func (r Record) stale(v mailbox.View, generation uint64) bool {
	if generation != r.heard.generation {
		return generation < r.heard.generation && !completed(v)
	}
	return v.Version <= r.heard.version && !completed(v)
}

// believable holds a view to what was asked for and to itself: an approval
// without money, or money without an approval, is no answer.
func (r Record) believable(v mailbox.View) error {
	p := r.Payment
	if v.ID != p.ID || v.Amount != p.Amount || v.Currency != p.Currency || v.Type.String() != p.Type ||
		original(v.Of) == nil != (p.Of == nil) || p.Of != nil && *p.Of != v.Of || v.Tip != p.Tip || v.Cashback != p.Cashback {
		return ErrOtherPayment
	}
	ended := v.Status == payment.StatusCompleted
	if v.Status == payment.StatusNone || ended != (v.Outcome != payment.OutcomeNone) {
		return ErrInconsistent
	}
	if ended && v.Money == payment.MoneyUnknown {
		return ErrInconsistent
	}
	if amountless(v.Type) {
		return nil // nothing of it can be more or less
	}
	if ended && paid(v.Outcome) != moved(v.Money) && v.Money != payment.MoneyReleased && !refusedLater(v) {
		return ErrInconsistent
	}
	// Of a preauth, what increments hold besides is approved too.
	if paid(v.Outcome) && (v.Approved < 1 || v.Approved > v.Amount && v.Type != payment.TypePreauth) {
		return ErrInconsistent
	}
	return nil
}

// original is nil for no payment.
func original(id payment.ID) *payment.ID {
	if id.Zero() {
		return nil
	}
	return &id
}

// refusedLater: the card approved while the host was away, and its issuer refused then.
// The outcome stays, without money.
func refusedLater(v mailbox.View) bool {
	return v.Offline && paid(v.Outcome) && v.Money == payment.MoneyNone && v.Decline != payment.DeclineNone
}

func paid(o payment.Outcome) bool {
	return o == payment.OutcomeApproved || o == payment.OutcomePartiallyApproved
}

func moved(m payment.Money) bool {
	return m == payment.MoneyHeld || m == payment.MoneyCaptured || m == payment.MoneyRefunded
}

// become counts next as a change where anything that the till sees differs.
func (r Record) become(next Record, now time.Time) (Record, bool, error) {
	if reflect.DeepEqual(r.Payment, next.Payment) && reflect.DeepEqual(r.Slip, next.Slip) && r.Sent == next.Sent {
		return next, false, nil
	}
	next.Payment.Version = r.Payment.Version + 1
	next.Payment.UpdatedAt = stamp(now)
	return next, true, nil
}

// stamp drops what JSON would not keep, so that a record read back is equal.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
