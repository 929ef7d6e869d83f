package display

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

const coffee = `{"currency":"EUR","lines":[{"name":"Café crème","quantity":2,"amount":780},{"name":"Loyalty","amount":-80}]}`

func TestACartIsReadAndSummed(t *testing.T) {
	c, err := Parse([]byte(coffee))
	want := &Cart{"EUR", []Line{{"Café crème", 2, 780}, {"Loyalty", 1, -80}}, 700}
	if err != nil || !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestWhatIsNoCartIsRefused(t *testing.T) {
	line := func(s string) string { return `{"currency":"EUR","lines":[` + s + `]}` }
	for name, body := range map[string]string{
		"nothing": "", "no object": "[]", "no lines": line(""), "two objects": coffee + coffee, "an unknown field": `{"currency":"EUR","lines":[{"name":"a","amount":1}],"note":"x"}`,
		"a doubled field": line(`{"name":"a","name":"b","amount":1}`), "a field of a line": line(`{"name":"a","amount":1,"html":"x"}`),
		"no name": line(`{"amount":1}`), "no amount": line(`{"name":"a"}`), "an empty name": line(`{"name":"","amount":1}`),
		"a fraction": line(`{"name":"a","amount":1.5}`), "an exponent": line(`{"name":"a","amount":1e2}`), "text for an amount": line(`{"name":"a","amount":"1"}`),
		"a long name": line(`{"name":"` + strings.Repeat("a", maxName+1) + `","amount":1}`), "a line break": line(`{"name":"a\nb","amount":1}`),
		"a turned direction": line(`{"name":"a\u202eb","amount":1}`), "a card number": line(`{"name":"Card 4761 7390 0101 0010","amount":1}`),
		"quantity 0": line(`{"name":"a","quantity":0,"amount":1}`), "null": line(`{"name":null,"amount":1}`), "a total below zero": line(`{"name":"a","amount":-1}`),
		"too much": line(`{"name":"a","amount":999999999999},{"name":"b","amount":999999999999}`), "another currency": strings.Replace(coffee, "EUR", "XXX", 1),
		"too many lines": line(strings.TrimSuffix(strings.Repeat(`{"name":"a","amount":1},`, maxLines+1), ",")),
	} {
		if c, err := Parse([]byte(body)); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestTheLongestCartFitsItsBody(t *testing.T) {
	var lines []string
	for range maxLines {
		lines = append(lines, fmt.Sprintf(`{"name":"%s","quantity":%d,"amount":%d}`, strings.Repeat(`\u0041`, maxName), maxQuantity, maxAmount/maxLines))
	}
	body := `{"currency":"EUR","lines":[` + strings.Join(lines, ",") + `]}`
	if _, err := Parse([]byte(body)); err != nil {
		t.Errorf("of %d bytes: %v", len(body), err)
	}
}

func TestWhoWaitsIsToldOfEveryChange(t *testing.T) {
	b, c := New(), &Cart{}
	changed := b.Changed()
	b.Show(nil)
	select {
	case <-changed:
		t.Fatal("nothing has changed")
	default:
	}
	b.Show(c)
	<-changed
	if b.Look() != c {
		t.Error("the cart is not shown")
	}
}

func FuzzCanonicalCart(f *testing.F) {
	f.Add([]byte(coffee))
	f.Add([]byte(`{"lines":[{"amount":0,"name":" "}],"currency":"JPY"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := Parse(body)
		if err != nil {
			return
		}
		written, err := json.Marshal(struct {
			Currency string `json:"currency"`
			Lines    []Line `json:"lines"`
		}{c.Currency, c.Lines})
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(written)
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("%s is read as %+v, %v", bytes.ToValidUTF8(written, nil), again, err)
		}
	})
}
