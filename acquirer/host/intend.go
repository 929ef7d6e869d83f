package host

import (
	"context"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/ledger"
)

// intend answers what needs nobody's word, or writes down that upstream is asked, with
// what its reversal takes. From here on the key serial number is used: the same bytes
// get silence until there is an answer.
func (h *Host) intend(ctx context.Context, tx *database.Tx, q *request, o *outward) (reply Reply, asks bool, err error) {
	if err := lockTerminal(ctx, tx, q.terminal.id); err != nil {
		return Reply{}, false, err
	}
	if err := proveKey(ctx, tx, q); err != nil {
		return Reply{}, false, err
	}
	if reply, found, err := findKSN(ctx, tx, q); found || err != nil {
		return reply, false, err
	}
	answer, silent, err := h.beforehand(ctx, tx, q, o)
	switch {
	case err != nil:
		return Reply{}, false, err
	case answer != nil:
		if reply.Frame, err = h.seal(ctx, q, answer); err != nil {
			return Reply{}, false, err
		}
		err = remember(ctx, tx, q, reply, false)
	default:
		asks = !silent
		err = h.keepIntent(ctx, tx, q, asks)
	}
	if err != nil {
		return Reply{}, false, err
	}
	return reply, asks, raiseTop(ctx, tx, q)
}

// beforehand decides what upstream need not be asked for; neither an answer nor silence:
// it is to be asked.
func (h *Host) beforehand(ctx context.Context, tx *database.Tx, q *request, o *outward) (answer *codec.Message, silent bool, err error) {
	p, _ := hostspec.PermitOf(q.message.MTI)
	first, found, err := h.findMessage(ctx, tx, q)
	if err != nil {
		return nil, false, err
	}
	if found {
		return again(q, p, first), false, nil
	}
	before, err := findPayment(ctx, tx, q.payment())
	if err != nil || before != nil { // it was reversed before it came, or given up
		return q.answer(p, hostspec.ResponseDuplicate), false, err
	}
	if asked, err := isForwarded(ctx, tx, q.payment()); err != nil || asked {
		return nil, true, err
	}
	if closed, err := isClosed(ctx, tx, q.terminal.id, q.batch()); err != nil || closed {
		return q.answer(p, hostspec.ResponseFormatError), false, err
	}
	if o.fault == "" {
		return nil, false, nil
	}
	d := q.deal()
	d.response = o.fault
	return q.answer(p, o.fault), false, h.recordOutward(ctx, tx, q, o, d)
}

// keepIntent writes the key serial number, without an answer, and what is asked.
func (h *Host) keepIntent(ctx context.Context, tx *database.Tx, q *request, asks bool) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO ksns (ksn, digest, answer, delay, silent) VALUES (?, ?, ?, 0, 1)`, q.ksn[:], q.digest[:], []byte{0})
	if err == nil && asks {
		err = h.ask(ctx, tx, q)
	}
	if err != nil {
		return fmt.Errorf("recording what is asked upstream: %w", err)
	}
	return nil
}

// conclude books what upstream said and makes the answer. Where the payment was given up
// meanwhile, the answer is late: nothing is booked and nothing is said; it is reversed.
func (h *Host) conclude(ctx context.Context, tx *database.Tx, q *request, o *outward, s said) (reply Reply, err error) {
	if err := lockTerminal(ctx, tx, q.terminal.id); err != nil {
		return Reply{}, err
	}
	closed, err := isClosed(ctx, tx, q.terminal.id, q.batch())
	if err != nil {
		return Reply{}, err
	}
	if closed && approves(s.response) { // no book is open for it
		s = said{response: hostspec.ResponseIssuerDown, left: true}
	}
	d := q.deal()
	d.response, d.theirs = s.response, s.approval
	inTime, err := settleAsked(ctx, tx, d, s.left)
	if err != nil || !inTime {
		return Reply{}, err
	}
	if err := d.bookOutward(ctx, tx, q); err != nil {
		return Reply{}, err
	}
	if err := h.recordOutward(ctx, tx, q, o, d); err != nil {
		return Reply{}, err
	}
	p, _ := hostspec.PermitOf(q.message.MTI)
	answer := d.answer(q, p)
	if s.icc != nil && o.contact() {
		answer.Set(55, s.icc)
	}
	if reply.Frame, err = h.seal(ctx, q, answer); err != nil {
		return Reply{}, err
	}
	return reply, keepAnswer(ctx, tx, q, reply)
}

// bookOutward is the ledger's entry; the other book is upstream's.
func (d *deal) bookOutward(ctx context.Context, tx *database.Tx, q *request) error {
	switch {
	case !approves(d.response):
		return nil
	case d.kind.gives():
		return ledger.Post(ctx, tx, d.party(q.terminal).Refund(d.amount))
	}
	d.captured = d.amount
	return ledger.Post(ctx, tx, d.party(q.terminal).Sale(d.amount, 0))
}

// recordOutward writes what was decided among the payments.
func (h *Host) recordOutward(ctx context.Context, tx *database.Tx, q *request, o *outward, d *deal) error {
	if d.state = stateDeclined; approves(d.response) {
		d.state = stateApproved
	}
	if o.account != nil {
		d.card = o.card[:]
	}
	if err := d.insert(ctx, tx, d.response, h.now()); err != nil {
		return err
	}
	return assess(ctx, tx, q, &o.evidence)
}

// keepAnswer has the answer given again to the same bytes, and to the same message under
// another key serial number.
func keepAnswer(ctx context.Context, tx *database.Tx, q *request, r Reply) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM ksns WHERE ksn = ?`, q.ksn[:]); err != nil {
		return fmt.Errorf("recording an answer: %w", err)
	}
	return remember(ctx, tx, q, r, false)
}
