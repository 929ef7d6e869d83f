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
	rules := r.rules.Load()
	if rules == nil {
		return o.failed(sred.CodeNoParameters)
	}
	if !showable(o.Take) {
		return o.failed(sred.CodeInternal)
	}
	kind, message := r.attend(ctx, o, rules)
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

// orderOf hands the kernels every value as the secure world gave it.
func orderOf(t sred.Take) emv.Order {
	return emv.Order{
		Amount: t.Amount, AmountOther: t.Other, Currency: t.Currency, CurrencyExponent: t.Exponent, Country: t.Country,
		Date: t.Date, Time: t.Time, TransactionType: t.TransactionType, UnpredictableNumber: t.Unpredictable,
	}
}

// attend waits for cards until one of them, on one interface, comes to an end.
func (r *Reader) attend(ctx context.Context, o *Order, rules *Rules) (byte, any) {
	v := &visit{Reader: r, order: o, rules: rules, open: o.Take.Interfaces, torn: newTorn(rules.Torn), relay: relay{entropy: o.Take.Entropy}}
	defer v.end()
	if r.again(o.Take) {
		r.held.take = o.Take
		if kind, message, done := v.contact(ctx, r.held); done {
			return kind, message
		}
	}
	r.Release()
	if code := v.cleared(ctx); code != sred.CodeNone {
		return o.failed(code)
	}
	v.invite()
	for {
		p, code := v.wait(ctx)
		if code != sred.CodeNone {
			return o.failed(code)
		}
		if kind, message, done := v.take(ctx, p); done {
			return kind, message
		}
	}
}
