package sale

import (
	"encoding/json"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// requestFields is read-only. The order is that in which they are looked at, so
// that a body with two faults always gets one answer.
var requestFields = []struct {
	name string
	read func(*Request, any) error
}{
	{"type", readType}, {"capture", readCapture}, {"entry", readEntry}, {"reference", readReference},
	{"timeout_s", readTimeout}, {"partial_allowed", readPartial}, {"last", readLast}, {"store_card", readStore},
	{"token", readToken}, {"approval_code", readApproval}, {"amount", readAmount}, {"tip", readTip}, {"cashback", readCashback}, {"currency", readCurrency},
}

func readType(r *Request, v any) error {
	s, ok := v.(string)
	switch {
	case !ok:
		return Malformed.Refuse()
	case s == "sale":
		r.Type = payment.TypeSale
		return nil
	case s == "preauth":
		r.Type = payment.TypePreauth
		return nil
	}
	return Malformed.Refuse()
}

// readCapture comes after the type: money that is held is captured by hand, and
// only that.
func readCapture(r *Request, v any) error {
	switch {
	case v != "auto" && v != "manual":
		return Malformed.Refuse()
	case v != captureOf(r.Type):
		return TypeNotSupported.Refuse()
	}
	return nil
}

func readEntry(r *Request, v any) error {
	s, ok := v.(string)
	if !ok {
		return Malformed.Refuse()
	}
	return r.Entry.UnmarshalText([]byte(s))
}

func readAmount(r *Request, v any) error   { return readMoney(&r.Amount, v) }
func readTip(r *Request, v any) error      { return readMoney(&r.Tip, v) }
func readCashback(r *Request, v any) error { return readMoney(&r.Cashback, v) }

func readMoney(to *payment.Amount, v any) error {
	n, ok := v.(json.Number)
	if !ok || !whole(n) {
		return Malformed.Refuse()
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	if err != nil || i < 1 || !payment.Amount(i).Valid() {
		return AmountInvalid.Refuse()
	}
	*to = payment.Amount(i)
	return nil
}

func readPartial(r *Request, v any) error { return readFlag(&r.Partial, v) }
func readLast(r *Request, v any) error    { return readFlag(&r.Last, v) }
func readStore(r *Request, v any) error   { return readFlag(&r.Store, v) }

func readFlag(to *bool, v any) error {
	b, ok := v.(bool)
	if !ok {
		return Malformed.Refuse()
	}
	*to = b
	return nil
}

func readToken(r *Request, v any) error {
	s, ok := v.(string)
	if !ok {
		return Malformed.Refuse()
	}
	token, err := payment.ParseToken(s)
	if err != nil {
		return Malformed.Refuse()
	}
	r.Token = token
	return nil
}

func readApproval(r *Request, v any) error {
	s, ok := v.(string)
	if !ok {
		return Malformed.Refuse()
	}
	code, err := payment.ParseApprovalCode(s)
	if err != nil {
		return Malformed.Refuse()
	}
	r.Approval = code
	return nil
}

func readCurrency(r *Request, v any) error {
	s, ok := v.(string)
	if !ok {
		return Malformed.Refuse()
	}
	c, err := payment.ParseCurrency(s)
	if err != nil || r.Currency != 0 && r.Currency != c { // of a payment that is continued
		return CurrencyNotConfigured.Refuse()
	}
	r.Currency = c
	return nil
}

func readReference(r *Request, v any) error {
	s, ok := v.(string)
	if !ok || s == "" || len(s) > MaxReference || LooksLikePAN(s) {
		return Malformed.Refuse()
	}
	for _, c := range s {
		if c == utf8.RuneError || !unicode.IsPrint(c) {
			return Malformed.Refuse()
		}
	}
	r.Reference = s
	return nil
}

func readTimeout(r *Request, v any) error {
	n, ok := v.(json.Number)
	if !ok || !whole(n) {
		return Malformed.Refuse()
	}
	i, err := strconv.ParseInt(n.String(), 10, 32)
	if err != nil || i < 1 || i > mailbox.MaxTimeout {
		return Malformed.Refuse()
	}
	r.TimeoutSeconds = uint16(i)
	return nil
}

// whole reports whether n is written without fraction and exponent.
func whole(n json.Number) bool {
	for i, c := range []byte(n.String()) {
		if (c < '0' || c > '9') && (i > 0 || c != '-') {
			return false
		}
	}
	return true
}
