package host

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

// terms are what a message says about its money besides DE 4.
type terms struct {
	cash     int64 // handed to the cardholder, part of DE 4
	partial  bool  // less may be approved
	last     bool  // capture: the rest is released
	token    []byte
	original hostspec.Original // DE 90, and where that names another payment its DE 37
	rrn      string
}

// readTerms reads what a message of its kind has; it returns DE 39 where that is
// not well formed.
func (q *request) readTerms() (t terms, fault string) {
	if q.kind == kindNone {
		return t, ""
	}
	for _, flag := range []struct {
		tag  byte
		into *bool
	}{{hostspec.PrivatePartial, &t.partial}, {hostspec.PrivateLast, &t.last}} {
		if v := hostspec.FindPrivate(q.private, flag.tag); v != nil {
			if v[0] > 1 {
				return t, hostspec.ResponseFormatError
			}
			*flag.into = v[0] == 1
		}
	}
	t.token = hostspec.FindPrivate(q.private, hostspec.PrivateToken)
	t.rrn = string(hostspec.FindPrivate(q.private, hostspec.PrivateOriginal))
	if q.message.Has(90) {
		var err error
		if t.original, err = hostspec.ParseOriginal(q.message.String(90)); err != nil {
			return t, hostspec.ResponseFormatError
		}
	}
	return t, q.readParts(&t)
}

// readParts reads DE 4 and DE 54, whose amounts are parts of it.
func (q *request) readParts(t *terms) string {
	if nothing := q.amount() == 0; nothing != (q.kind == kindBalance) && q.kind != kindScripts {
		return hostspec.ResponseInvalidAmount
	}
	raw, has := q.message.Get(54)
	if !has || q.kind == kindScripts {
		return ""
	}
	parts, err := hostspec.ParseAdditional(raw)
	if err != nil {
		return hostspec.ResponseFormatError
	}
	rest := q.amount()
	for _, a := range parts {
		known := a.Type == hostspec.AmountTip || a.Type == hostspec.AmountCashback && q.kind == kindCashback
		if !known || !a.Debit || a.Currency != q.message.String(49) || a.Amount == 0 {
			return hostspec.ResponseFormatError
		}
		if rest -= a.Amount; rest < 0 {
			return hostspec.ResponseInvalidAmount
		}
	}
	t.cash = hostspec.FindAdditional(parts, hostspec.AmountCashback)
	if q.kind == kindCashback && t.cash == 0 {
		return hostspec.ResponseFormatError
	}
	return ""
}
