package host

import (
	"context"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
)

// deal is a message about money while it is decided.
type deal struct {
	life
	from     *life       // that it continues, or nil
	holder   issuer.Card // whose money it is
	kept     bool        // it is recorded among the payments
	response string
	left     int64 // balance inquiry: what may still be spent
}

func (q *request) deal() *deal {
	m := q.message
	d := &deal{kept: true}
	d.key, d.kind, d.mti = q.payment(), q.kind, requestOf(m.MTI)
	d.currency, d.amount, d.asked, d.cash = m.String(49), q.amount(), q.amount(), q.cash
	d.batch, d.sent, d.last = q.batch(), m.String(7), q.last
	return d
}

// batch is DE 60.
func (q *request) batch() uint32 { return uint32(digits(q.message.String(60))) }

// money decides and books a message of a kind that moves money, or asks after it.
func (h *Host) money(ctx context.Context, tx *database.Tx, q *request, e *evidence, p hostspec.Permit) (*codec.Message, Reply, error) {
	d := q.deal()
	err := h.weigh(ctx, tx, q, e, d)
	if err == nil && d.response == hostspec.ResponseApproved {
		err = d.book(ctx, tx, q)
	}
	if err != nil {
		return nil, Reply{}, err
	}
	if d.response == hostspec.ResponseSystem && d.mti == hostspec.MTIAdvice {
		q.transient = true // it is repeated, the same bytes each time
		return q.answer(p, d.response), Reply{}, nil
	}
	if err := h.record(ctx, tx, q, e, d); err != nil {
		return nil, Reply{}, err
	}
	answer := d.answer(q, p)
	if d.kind == kindOffline {
		return answer, Reply{}, nil
	}
	if e.verified && e.contact() && d.holder.Reference == e.card {
		data, err := h.issuerData(ctx, tx, q, e, d.holder, d.response)
		if err != nil {
			return nil, Reply{}, err
		}
		answer.Set(55, data)
	}
	return answer, e.manner(d.holder), nil
}

// weigh decides all that is not a question of money, into d.
func (h *Host) weigh(ctx context.Context, tx *database.Tx, q *request, e *evidence, d *deal) error {
	before, err := findPayment(ctx, tx, d.key)
	if err != nil {
		return err
	}
	if before != nil { // it was reversed before it came, or another message has its numbers
		d.response, d.kept = hostspec.ResponseDuplicate, false
		return nil
	}
	if closed, err := isClosed(ctx, tx, q.terminal.id, d.batch); err != nil || closed {
		d.response, d.kept = hostspec.ResponseFormatError, false
		return err
	}
	switch {
	case d.kind.continues():
		return h.weighRoot(ctx, tx, q, d)
	case d.kind == kindStored:
		return h.weighStored(ctx, tx, q, d)
	}
	d.holder, d.response, err = h.judge(ctx, tx, q, e)
	if e.card != (issuer.Reference{}) {
		d.card = e.card[:]
	}
	return err
}

// weighRoot finds the payment that d continues. It is another payment where it does
// not stand, or has another approval.
func (h *Host) weighRoot(ctx context.Context, tx *database.Tx, q *request, d *deal) (err error) {
	if d.from, err = findRoot(ctx, tx, q); err != nil {
		return err
	}
	f := d.from
	if f != nil && f.state == stateDeclined && d.kind == kindCapture {
		return h.weighReferred(ctx, tx, q, d)
	}
	if f == nil || f.state != stateApproved || f.currency != d.currency || q.message.Has(38) && q.message.String(38) != f.approval || !d.may(f) {
		d.response = hostspec.ResponseNoOriginal
		return nil
	}
	d.root, d.card = f.id, f.card
	if d.holder, err = issuer.Find(ctx, tx, f.reference()); err != nil {
		return err
	}
	if d.response = hostspec.ResponseApproved; d.kind == kindIncrement {
		d.response = h.judgeKept(d.holder, d.currency)
	}
	return nil
}

// may reports whether a payment is one that d can continue.
func (d *deal) may(f *life) bool {
	return f.kind == kindHold || d.kind == kindReturn && f.kind.pays() && f.root == 0
}

// answer is what the terminal is told.
func (d *deal) answer(q *request, p hostspec.Permit) *codec.Message {
	a := q.answer(p, d.response)
	if !approves(d.response) || d.mti == hostspec.MTIAdvice {
		return a
	}
	a.SetString(38, d.approval)
	if d.response == hostspec.ResponsePartial {
		a.SetString(4, fmt.Sprintf("%012d", d.amount))
		a.Set(54, hostspec.AppendAdditional(nil, hostspec.Additional{
			Account: "00", Type: hostspec.AmountOriginal, Currency: d.currency, Debit: true, Amount: d.asked}))
	}
	if d.kind == kindBalance {
		a.Set(54, hostspec.AppendAdditional(nil, hostspec.Additional{
			Account: "00", Type: hostspec.AmountAvailable, Currency: d.currency, Debit: d.left < 0, Amount: max(d.left, -d.left)}))
	}
	return a
}

// record writes what was decided among the payments, and the card into the vault.
func (h *Host) record(ctx context.Context, tx *database.Tx, q *request, e *evidence, d *deal) error {
	if !d.kept {
		return nil
	}
	if d.state = stateDeclined; approves(d.response) {
		d.state = stateApproved
	} else {
		d.amount, d.held, d.captured = d.asked, 0, 0
	}
	if err := d.insert(ctx, tx, d.response, h.now()); err != nil {
		return err
	}
	if err := d.refer(ctx, tx); err != nil {
		return err
	}
	if d.state == stateApproved && d.kind.reads() && q.token != nil {
		if err := keepToken(ctx, tx, q, e.card, d.id); err != nil {
			return err
		}
	}
	if !q.message.Has(22) {
		return nil
	}
	return assess(ctx, tx, q, e)
}
