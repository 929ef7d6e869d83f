package sale

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Request is what a till asks for.
type Request struct {
	Type           payment.Type
	Amount         payment.Amount // minor units, at least 1
	Currency       payment.Currency
	Reference      string // the till's own words, at most MaxReference bytes; never leaves the app world
	TimeoutSeconds uint16 // how long a card is waited for
	Entry          Entry
}

// ParseRequest reads a JSON object of the fields amount, currency, type,
// capture, entry, reference and timeout_s. Every other field, a doubled field, a
// fraction or an exponent, and anything after the object is refused. The error
// is a *ProblemError.
func ParseRequest(body []byte) (Request, error) {
	if len(body) > MaxBody {
		return Request{}, TooLarge.Refuse()
	}
	if !utf8.Valid(body) || !json.Valid(body) {
		return Request{}, Malformed.Refuse()
	}
	fields, err := readFields(body)
	if err != nil {
		return Request{}, err
	}
	return requestFrom(fields)
}

// Canonical is the one written form of r. What ParseRequest reads from it is r
// again. The entry is written only where it is not the card's presence, so that a
// request has the form, and its key the fingerprint, that it always had.
func (r Request) Canonical() []byte {
	b, err := json.Marshal(struct {
		Type      string `json:"type"`
		Amount    int64  `json:"amount"`
		Currency  string `json:"currency"`
		Capture   string `json:"capture"`
		Entry     Entry  `json:"entry,omitempty"`
		Reference string `json:"reference,omitempty"`
		Timeout   uint16 `json:"timeout_s"`
	}{r.Type.String(), int64(r.Amount), r.Currency.String(), "auto", r.Entry, r.Reference, r.TimeoutSeconds})
	if err != nil {
		panic("sale: internal error: a request does not encode")
	}
	return b
}

// Fingerprint is SHA-256 of the canonical form; two requests under one key are
// the same question exactly when their fingerprints are equal.
func (r Request) Fingerprint() [32]byte { return sha256.Sum256(r.Canonical()) }

// Start is the command that asks the secure world for r under id.
func (r Request) Start(id payment.ID) mailbox.Start {
	return mailbox.Start{ID: id, Type: r.Type, Amount: r.Amount, Currency: r.Currency,
		TimeoutSeconds: r.TimeoutSeconds, Keyed: r.Entry == EntryKeyed}
}

// readFields reads a flat object; encoding/json alone would let a doubled field
// through, and then two readers of one body could see two amounts.
func readFields(body []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, Malformed.Refuse()
	}
	fields := map[string]any{}
	for d.More() {
		if err := readField(d, fields); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return nil, Malformed.Refuse()
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, Malformed.Refuse()
	}
	return fields, nil
}

func readField(d *json.Decoder, fields map[string]any) error {
	t, err := d.Token()
	name, isText := t.(string)
	if err != nil || !isText {
		return Malformed.Refuse()
	}
	if _, doubled := fields[name]; doubled {
		return Malformed.Refuse()
	}
	value, err := d.Token()
	if err != nil {
		return Malformed.Refuse()
	}
	switch value.(type) {
	case string, json.Number:
		fields[name] = value
		return nil
	}
	return Malformed.Refuse() // null, booleans and nested values have no place here
}

func requestFrom(fields map[string]any) (Request, error) {
	r := Request{Type: payment.TypeSale, TimeoutSeconds: DefaultTimeoutSeconds}
	if fields["amount"] == nil || fields["currency"] == nil {
		return Request{}, Malformed.Refuse()
	}
	// In a fixed order, so that a body with two faults always gets one answer.
	known := 0
	for _, f := range requestFields {
		value, present := fields[f.name]
		if !present {
			continue
		}
		known++
		if err := f.read(&r, value); err != nil {
			return Request{}, err
		}
	}
	if known != len(fields) {
		return Request{}, Malformed.Refuse()
	}
	return r, nil
}

// requestFields is read-only.
var requestFields = []struct {
	name string
	read func(*Request, any) error
}{
	{"type", readType}, {"capture", readCapture}, {"entry", readEntry},
	{"reference", readReference}, {"timeout_s", readTimeout}, {"amount", readAmount}, {"currency", readCurrency},
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
		return TypeNotSupported.Refuse()
	}
	return Malformed.Refuse()
}

func readCapture(_ *Request, v any) error {
	switch v {
	case "auto":
		return nil
	case "manual":
		return TypeNotSupported.Refuse()
	}
	return Malformed.Refuse()
}

func readEntry(r *Request, v any) error {
	s, ok := v.(string)
	if !ok {
		return Malformed.Refuse()
	}
	return r.Entry.UnmarshalText([]byte(s))
}

func readAmount(r *Request, v any) error {
	n, ok := v.(json.Number)
	if !ok || !whole(n) {
		return Malformed.Refuse()
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	if err != nil || i < 1 || !payment.Amount(i).Valid() {
		return AmountInvalid.Refuse()
	}
	r.Amount = payment.Amount(i)
	return nil
}

func readCurrency(r *Request, v any) error {
	s, ok := v.(string)
	if !ok {
		return Malformed.Refuse()
	}
	c, err := payment.ParseCurrency(s)
	if err != nil {
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
