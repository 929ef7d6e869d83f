package entry

import (
	"bytes"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
)

const testPAN = "4761739001010010" // published test PAN

// keyed types digits and OK.
func keyed(digits string) <-chan keypad.Key {
	var keys []keypad.Key
	for _, d := range []byte(digits) {
		keys = append(keys, keypad.Key(d))
	}
	return typed(append(keys, keypad.OK)...)
}

func begun() *Card {
	c := new(Card)
	c.Begin()
	return c
}

func (c *Card) mustTake(t *testing.T, f *Field, digits string) {
	t.Helper()
	f.Wipe()
	if err := Collect(t.Context(), f, keyed(digits), limits, func(int) {}); err != nil {
		t.Fatal(err)
	}
}

func TestFieldsOfACardTakeAsManyDigitsAsTheyHave(t *testing.T) {
	for name, c := range map[string]struct {
		field func(*Card) *Field
		keys  string
		want  string
	}{
		"a number":            {func(c *Card) *Field { return &c.Number }, testPAN, testPAN},
		"a number too long":   {func(c *Card) *Field { return &c.Number }, "12345678901234567890", "1234567890123456789"},
		"a date":              {func(c *Card) *Field { return &c.Expiry }, "1230", "1230"},
		"a date too long":     {func(c *Card) *Field { return &c.Expiry }, "12309", "1230"},
		"a code":              {func(c *Card) *Field { return &c.Code }, "123", "123"},
		"a code of four":      {func(c *Card) *Field { return &c.Code }, "1234", "1234"},
		"a code that is long": {func(c *Card) *Field { return &c.Code }, "12345", "1234"},
	} {
		card := begun()
		f := c.field(card)
		card.mustTake(t, f, c.keys)
		if string(f.Digits()) != c.want || f.Len() != len(c.want) {
			t.Errorf("%s: %q", name, f.Digits())
		}
	}
}

func TestOKWithTooFewDigitsOfAFieldDoesNothing(t *testing.T) {
	c := begun()
	for f, short := range map[*Field]string{&c.Number: "12345678901", &c.Expiry: "123", &c.Code: "12"} {
		for _, d := range []byte(short) {
			if done, err := f.press(keypad.Key(d)); done || err != nil {
				t.Fatal("complete without OK")
			}
		}
		if done, err := f.press(keypad.OK); done || err != nil || f.Len() != len(short) {
			t.Errorf("%d digits: %v %v", len(short), done, err)
		}
		if done, err := f.press('7'); done || err != nil {
			t.Fatal(err)
		}
		if done, _ := f.press(keypad.OK); !done {
			t.Errorf("%d digits: not complete", len(short)+1)
		}
	}
}

func TestNumbersWithAWrongCheckDigitAreMistyped(t *testing.T) {
	c := begun()
	for number, want := range map[string]error{
		testPAN: nil, "5413330089601109": nil, "378282246310005": nil, "6011000000000004": nil,
		"4761739001010011": ErrMistyped, "4716739001010010": ErrMistyped, "000000000000": ErrMistyped,
	} {
		c.mustTake(t, &c.Number, number)
		if err := c.CheckNumber(); !errors.Is(err, want) {
			t.Errorf("%s: %v", number, err)
		}
	}
	for date, want := range map[string]error{"0126": nil, "1226": nil, "0026": ErrMistyped, "1326": ErrMistyped, "9912": ErrMistyped} {
		c.mustTake(t, &c.Expiry, date)
		if err := c.CheckExpiry(); !errors.Is(err, want) {
			t.Errorf("%s: %v", date, err)
		}
	}
	c.mustTake(t, &c.Number, testPAN)
	if c.End() != [4]byte{'0', '0', '1', '0'} {
		t.Errorf("end %q", c.End())
	}
}

func TestNothingIsLeftOfACardThatWasWiped(t *testing.T) {
	c := begun()
	c.mustTake(t, &c.Number, testPAN)
	c.mustTake(t, &c.Expiry, "1230")
	c.mustTake(t, &c.Code, "987")
	if !bytes.Contains(c.Number.digits[:], []byte(testPAN)) || !bytes.Contains(c.Code.digits[:], []byte("987")) {
		t.Fatal("the check cannot fail")
	}
	c.Wipe()
	for _, f := range []*Field{&c.Number, &c.Expiry, &c.Code} {
		if f.digits != [maxNumber]byte{} || f.n != 0 {
			t.Error("left after Wipe")
		}
	}
	err := Collect(t.Context(), &c.Number, typed('4', '7', '6', keypad.Cancel), limits, func(int) {})
	if !errors.Is(err, ErrCanceled) || c.Number.digits != [maxNumber]byte{} {
		t.Errorf("after Cancel: %v", err)
	}
	for _, k := range []keypad.Key{'4', '7', keypad.Clear} {
		_, _ = c.Number.press(k)
	}
	if c.Number.digits != [maxNumber]byte{} || c.Number.n != 0 {
		t.Error("left after Clear")
	}
}
