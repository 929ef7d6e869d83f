package sale

import (
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// form is what a body may say, and what holds before it has said anything.
type form struct {
	start    Request
	required []string
	optional []string
}

// ParseRequest reads a JSON object that asks for a sale or a preauth: amount and
// currency, and type, capture, entry, tip, cashback, partial_allowed, store_card,
// token, reference and timeout_s. Every other field, a doubled field, a fraction or
// an exponent, and anything after the object is refused. The error is a
// *ProblemError.
func ParseRequest(body []byte) (Request, error) {
	return form{start: Request{Type: payment.TypeSale}, required: []string{"amount", "currency"},
		optional: []string{"type", "capture", "entry", "tip", "cashback", "partial_allowed", "store_card", "token", "reference", "timeout_s"}}.parse(body)
}

// ParseRefund reads the request for a refund of no payment: amount and currency,
// and reference and timeout_s, under the rules of ParseRequest.
func ParseRefund(body []byte) (Request, error) {
	return form{start: Request{Type: payment.TypeRefund}, required: []string{"amount", "currency"},
		optional: []string{"reference", "timeout_s"}}.parse(body)
}

// ParseBalance reads the request for a balance: currency, and reference and
// timeout_s, under the rules of ParseRequest.
func ParseBalance(body []byte) (Request, error) {
	return form{start: Request{Type: payment.TypeBalance}, required: []string{"currency"},
		optional: []string{"reference", "timeout_s"}}.parse(body)
}

// ParseFollowUp reads the request that continues a payment, whose currency it has:
// amount (not of a void), and currency, reference and, for a capture, last, or of a
// sale that the issuer referred approval_code, under the rules of ParseRequest.
func ParseFollowUp(t payment.Type, of payment.ID, c payment.Currency, body []byte) (Request, error) {
	f := form{start: Request{Type: t, Of: of, Currency: c}, required: []string{"amount"}, optional: []string{"currency", "reference"}}
	switch t {
	case payment.TypeVoid:
		f.required = nil
	case payment.TypeCapture:
		f.optional = append(f.optional, "last", "approval_code")
	}
	return f.parse(body)
}

// fill reads the fields that the form has.
func (f form) fill(fields map[string]any) (Request, error) {
	r := f.start
	r.TimeoutSeconds = DefaultTimeoutSeconds
	for _, name := range f.required {
		if fields[name] == nil {
			return Request{}, Malformed.Refuse()
		}
	}
	known := 0
	for _, field := range requestFields {
		value, present := fields[field.name]
		if !present || !slices.Contains(f.required, field.name) && !slices.Contains(f.optional, field.name) {
			continue
		}
		known++
		if err := field.read(&r, value); err != nil {
			return Request{}, err
		}
	}
	if known != len(fields) {
		return Request{}, Malformed.Refuse()
	}
	if err := r.whole(); err != nil {
		return Request{}, err
	}
	return r, nil
}

// whole refuses what no payment can be: a part that is more than the whole, or a
// card on file that is read as well.
func (r Request) whole() error {
	stored := !r.Token.Zero()
	switch {
	case r.Type == payment.TypePreauth && (r.Tip != 0 || r.Cashback != 0 || stored):
		return TypeNotSupported.Refuse()
	case stored && (r.Entry != EntryCardPresent || r.Cashback != 0 || r.Store):
		return Malformed.Refuse()
	case r.Last && r.Approval != payment.ApprovalCode{}:
		return Malformed.Refuse()
	case r.Tip+r.Cashback > 0 && r.Tip+r.Cashback >= r.Amount:
		return AmountInvalid.Refuse()
	}
	return nil
}
