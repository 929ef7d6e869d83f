package parameters

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// library is a card of nobody that is a payment scheme.
func library() Whitelist {
	return Whitelist{AIDs: []Hex{{0xF0, 1, 2, 3, 4}, {0xA0, 0, 0, 0x07, 0x77, 1}}, Prefixes: []string{"970012", "700000000000"}}
}

func TestAWhitelistIsPartOfTheCanonicalForm(t *testing.T) {
	d := sample()
	if plain := encoded(t, d); strings.Contains(string(plain), "whitelist") {
		t.Error("an empty list is written")
	}
	d.Whitelist = library()
	b := encoded(t, d)
	if again, err := Parse(b); err != nil || !reflect.DeepEqual(again, d) {
		t.Fatalf("%+v, %v", again, err)
	}
	for _, other := range []string{`"whitelist":{},`, `"whitelist":{"aids":[]},`, `"whitelist":{"names":["x"]},`} {
		forged := strings.Replace(string(encoded(t, sample())), `"reader":`, other+`"reader":`, 1)
		if _, err := Parse([]byte(forged)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", other, err)
		}
	}
}

func TestNothingThatPaysIsOnAWhitelist(t *testing.T) {
	many := Whitelist{}
	for i := range 17 {
		many.AIDs = append(many.AIDs, Hex{0xF0, 1, 2, 3, byte(i)})
	}
	long := Whitelist{}
	for i := range 65 {
		long.Prefixes = append(long.Prefixes, fmt.Sprintf("9700%02d", i))
	}
	for name, w := range map[string]Whitelist{
		"Visa":               {AIDs: []Hex{{0xA0, 0, 0, 0, 0x03, 0x10, 0x10}}},
		"a bare scheme":      {AIDs: []Hex{{0xA0, 0, 0, 0, 0x04}}},
		"girocard":           {AIDs: []Hex{{0xA0, 0, 0, 0x03, 0x59, 1}}},
		"one with keys":      {AIDs: []Hex{{0xB0, 0, 0, 0, 0x01, 1}}},
		"a short name":       {AIDs: []Hex{{0xF0, 1, 2, 3}}},
		"a long name":        {AIDs: []Hex{make(Hex, 17)}},
		"a name twice":       {AIDs: []Hex{{0xF0, 1, 2, 3, 4}, {0xF0, 1, 2, 3, 4}}},
		"too many names":     many,
		"a test BIN":         {Prefixes: []string{"476173"}},
		"Mastercard":         {Prefixes: []string{"222100"}},
		"an airline's":       {Prefixes: []string{"100100"}},
		"UnionPay":           {Prefixes: []string{"813100"}},
		"Troy":               {Prefixes: []string{"979200"}},
		"a short prefix":     {Prefixes: []string{"97001"}},
		"a long prefix":      {Prefixes: []string{"9700120000000"}},
		"letters":            {Prefixes: []string{"9700ab"}},
		"a prefix twice":     {Prefixes: []string{"970012", "970012"}},
		"too many prefixes":  long,
		"a good and a bad":   {Prefixes: []string{"970012", "541333"}},
		"an empty prefix":    {Prefixes: []string{""}},
		"an empty name":      {AIDs: []Hex{nil}},
		"a good one and Mir": {AIDs: []Hex{{0xF0, 1, 2, 3, 4}, {0xA0, 0, 0, 0x06, 0x58, 1}}},
	} {
		d := sample()
		d.CAKeys = append(d.CAKeys, CAKey{RID: Hex{0xB0, 0, 0, 0, 0x01}, Index: Hex{9}, Modulus: d.CAKeys[0].Modulus, Exponent: Hex{3}})
		d.CAKeys[len(d.CAKeys)-1].sum()
		if d.Check() != nil {
			t.Fatal("the twin is refused")
		}
		if d.Whitelist = w; !errors.Is(d.Check(), ErrValue) {
			t.Errorf("%s: %v", name, d.Check())
		}
	}
}
