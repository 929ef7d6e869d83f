package display

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// ErrMalformed reports a body that is no cart. It says nothing of what was sent.
var ErrMalformed = errors.New("display: not a cart")

// Parse reads a cart: {"currency", "lines": [{"name", "quantity", "amount"}]}. A field
// that is unknown, missing or doubled, a fraction, an exponent, a name with a control
// character or one that could hold a card number, and anything after the object is
// refused. quantity may be left out, and is 1 then.
func Parse(body []byte) (*Cart, error) {
	if len(body) > MaxBody || !utf8.Valid(body) || !json.Valid(body) {
		return nil, ErrMalformed
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	c := &Cart{}
	seen, err := object(d, map[string]func() error{
		"currency": func() error { return readCurrency(d, &c.Currency) },
		"lines":    func() error { return readLines(d, c) },
	})
	if err != nil || len(seen) != 2 {
		return nil, ErrMalformed
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, ErrMalformed
	}
	return c, c.sum()
}

// object reads an object by its fields, and returns those that it had.
func object(d *json.Decoder, fields map[string]func() error) (map[string]bool, error) {
	if err := delim(d, '{'); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, _ := t.(string)
		read := fields[name]
		if err != nil || read == nil || seen[name] {
			return nil, ErrMalformed
		}
		seen[name] = true
		if err := read(); err != nil {
			return nil, err
		}
	}
	return seen, delim(d, '}')
}

func delim(d *json.Decoder, want json.Delim) error {
	if t, err := d.Token(); err != nil || t != want {
		return ErrMalformed
	}
	return nil
}

func readCurrency(d *json.Decoder, to *string) error {
	t, err := d.Token()
	s, ok := t.(string)
	if err != nil || !ok {
		return ErrMalformed
	}
	c, err := payment.ParseCurrency(s)
	if err != nil || c.String() != s {
		return ErrMalformed
	}
	*to = s
	return nil
}

func readLines(d *json.Decoder, c *Cart) error {
	if err := delim(d, '['); err != nil {
		return err
	}
	for d.More() {
		if len(c.Lines) == maxLines {
			return ErrMalformed
		}
		l := Line{Quantity: 1}
		seen, err := object(d, map[string]func() error{
			"name":     func() error { return readName(d, &l.Name) },
			"quantity": func() error { return readWhole(d, &l.Quantity, 1, maxQuantity) },
			"amount":   func() error { return readWhole(d, &l.Amount, -maxAmount, maxAmount) },
		})
		if err != nil || !seen["name"] || !seen["amount"] {
			return ErrMalformed
		}
		c.Lines = append(c.Lines, l)
	}
	if len(c.Lines) == 0 {
		return ErrMalformed // DELETE shows nothing
	}
	return delim(d, ']')
}

// readName takes what can be seen: no control character, and none that turns the
// direction of the text, is printable.
func readName(d *json.Decoder, to *string) error {
	t, err := d.Token()
	s, ok := t.(string)
	if err != nil || !ok || s == "" || len(s) > maxName || sale.LooksLikePAN(s) {
		return ErrMalformed
	}
	for _, c := range s {
		if c == utf8.RuneError || !unicode.IsPrint(c) {
			return ErrMalformed
		}
	}
	*to = s
	return nil
}

func readWhole(d *json.Decoder, to *int64, from, until int64) error {
	t, err := d.Token()
	n, ok := t.(json.Number)
	if err != nil || !ok {
		return ErrMalformed
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	if err != nil || i < from || i > until {
		return ErrMalformed
	}
	*to = i
	return nil
}

// sum adds up the lines; a total below zero is no sale.
func (c *Cart) sum() error {
	for _, l := range c.Lines {
		c.Total += l.Amount
	}
	if c.Total < 0 || c.Total > maxAmount {
		return ErrMalformed
	}
	return nil
}
