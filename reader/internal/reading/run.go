package reading

import (
	"context"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// Run carries out an order and sends its last message, Finished or Failed. The
// end of ctx is a Stop. It serves one order at a time.
func (r *Reader) Run(ctx context.Context, o *Order) {
	kind, message := r.run(ctx, o)
	o.over.Store(true)
	o.awaits.Store(int32(AwaitsNothing))
	_ = o.To.Send(kind, message)
}

func (r *Reader) run(ctx context.Context, o *Order) (byte, any) {
	if !showable(o.Take) {
		return o.failed(sred.CodeInternal)
	}
	h, code := r.card(ctx, o)
	if code != sred.CodeNone {
		r.Display.Ended()
		return o.failed(code)
	}
	o.progress(sred.StageReading)
	r.Display.Reading(o.amount())
	kind, message := r.transact(ctx, o, h)
	if kind == sred.KindFailed {
		r.Release() // no further attempt can go on with this session
		r.Display.Ended()
	}
	return kind, message
}

func (o *Order) progress(s sred.Stage) {
	_ = o.To.Send(sred.KindProgress, sred.Progress{Order: o.Take.Order, Stage: s})
}

func (o *Order) failed(c sred.Code) (byte, any) {
	return sred.KindFailed, sred.Failed{Order: o.Take.Order, Code: c}
}

// transact takes the card from selection to its last word.
func (r *Reader) transact(ctx context.Context, o *Order, h *held) (byte, any) {
	tx := emv.New(r.Kernel, orderOf(o.Take))
	defer tx.Wipe()
	defer h.link.Wipe()
	t := transaction{Reader: r, order: o, held: h, tx: tx}
	a := tx.Next(emv.Start())
	for a.Kind != emv.ActionFinish {
		a = t.step(ctx, a)
	}
	return t.conclude(a.Outcome)
}

// orderOf hands the kernel every value as the secure world gave it.
func orderOf(t sred.Take) emv.Order {
	return emv.Order{
		Amount: t.Amount, Currency: t.Currency, CurrencyExponent: t.Exponent, Country: t.Country,
		Date: t.Date, Time: t.Time, TransactionType: t.TransactionType, UnpredictableNumber: t.Unpredictable,
	}
}

// transaction is one run of the kernel over one card session.
type transaction struct {
	*Reader
	order   *Order
	held    *held
	tx      *emv.Transaction
	aborted bool
}

// step carries out one action of the kernel.
func (t *transaction) step(ctx context.Context, a emv.Action) emv.Action {
	if ctx.Err() != nil && !t.aborted {
		return t.abort(sred.CodeStopped)
	}
	switch a.Kind {
	case emv.ActionTransmit:
		return t.transmit(ctx, a.Command)
	case emv.ActionAskPIN:
		return t.askPIN(ctx)
	case emv.ActionGoOnline:
		return t.goOnline(ctx)
	}
	return t.tx.Next(emv.Selected(-1)) // nobody can choose at this reader
}

// abort ends the transaction: at once before the ARQC, by asking for an AAC
// after it.
func (t *transaction) abort(why sred.Code) emv.Action {
	t.aborted, t.order.cause = true, why
	t.order.over.Store(true)
	return t.tx.Next(emv.Abort())
}

// transmit does not break off a command when the order is stopped: the card
// would be left in the middle of it. The deadline bounds the wait.
func (t *transaction) transmit(ctx context.Context, command []byte) emv.Action {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.APDU)
	defer cancel()
	answer, err := t.held.link.Exchange(ctx, command)
	if err != nil {
		t.order.cause = t.lost(t.held)
		return t.tx.Next(emv.CardGone())
	}
	defer t.held.link.Wipe()
	return t.tx.Next(emv.Response(answer))
}

// askPIN sends envelope 1 and waits for the PIN pad's result.
func (t *transaction) askPIN(ctx context.Context) emv.Action {
	e, code := t.seal(sred.NumberVerify)
	if code != sred.CodeNone {
		return t.abort(code)
	}
	t.Display.EnterPIN(t.order.amount())
	t.order.awaits.Store(int32(AwaitsPIN))
	_ = t.order.To.Send(sred.KindVerify, sred.Verify{Order: t.order.Take.Order, Envelope: e})
	result, next, ok := await(ctx, t, t.order.pin)
	if !ok {
		return next
	}
	t.Display.Reading(t.order.amount())
	return t.tx.Next(emv.PIN(pinResult(result)))
}

// goOnline sends envelope 2 and waits for the host's answer.
func (t *transaction) goOnline(ctx context.Context) emv.Action {
	e, code := t.seal(sred.NumberOnline)
	if code != sred.CodeNone {
		return t.abort(code)
	}
	t.order.awaits.Store(int32(AwaitsHost))
	_ = t.order.To.Send(sred.KindOnline, sred.Online{Order: t.order.Take.Order, Envelope: e})
	answer, next, ok := await(ctx, t, t.order.answer)
	if !ok {
		return next
	}
	return t.tx.Next(emv.Host(hostAnswer(answer)))
}

// await waits for a value, unless the card goes, the order is stopped, or the
// secure world forgets. Then next is what follows.
func await[T any](ctx context.Context, t *transaction, from <-chan T) (v T, next emv.Action, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, longestAnswer)
	defer cancel()
	for {
		status, changed := t.Slot.Look()
		if gone(status, t.held) {
			t.order.over.Store(true)
			t.order.cause = t.lost(t.held)
			return v, t.tx.Next(emv.CardGone()), false
		}
		select {
		case v = <-from:
			return v, next, true
		case <-ctx.Done():
			return v, t.abort(sred.CodeStopped), false
		case <-changed:
		}
	}
}

func pinResult(r sred.PINResult) emv.PINResult {
	switch r {
	case sred.PINEntered:
		return emv.PINEntered
	case sred.PINBypassed:
		return emv.PINBypassed
	}
	return emv.PINUnavailable
}

func hostAnswer(a sred.Answer) emv.HostAnswer {
	h := emv.HostAnswer{Result: emv.HostUnable, ResponseCode: a.ARC, IssuerAuthentication: a.IssuerAuth, Scripts: a.Scripts}
	switch a.Result {
	case sred.HostApproved:
		h.Result = emv.HostApproved
	case sred.HostDeclined:
		h.Result = emv.HostDeclined
	}
	return h
}
