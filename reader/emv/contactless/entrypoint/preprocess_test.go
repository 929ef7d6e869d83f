package entrypoint

import (
	"fmt"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
)

func amount(n uint64) *uint64 { return &n }
func flag(b bool) *bool       { return &b }

func TestLimitsAreComparedAtTheirBoundaries(t *testing.T) {
	full := Set{
		StatusCheckSupport: true, TransactionLimit: amount(1000), FloorLimit: amount(300),
		TerminalFloorLimit: amount(5), CVMRequiredLimit: amount(500), TTQ: []byte{0xB6, 0xE0, 0x80, 0},
	}
	offline := Set{TTQ: []byte{0x28, 0, 0, 0}}
	type want struct {
		indicators contactless.Indicators
		ttq        string
	}
	for name, c := range map[string]struct {
		set      Set
		amount   uint64
		exponent byte
		want     want
	}{
		"below all": {full, 299, 2, want{contactless.Indicators{}, "B6208000"}},
		"at the floor limit, which beats the terminal's": {full, 300, 2, want{contactless.Indicators{}, "B6208000"}},
		"above the floor limit":                          {full, 301, 2, want{contactless.Indicators{FloorLimitExceeded: true}, "B6A08000"}},
		"below the CVM limit":                            {full, 499, 2, want{contactless.Indicators{FloorLimitExceeded: true}, "B6A08000"}},
		"at the CVM limit":                               {full, 500, 2, want{contactless.Indicators{FloorLimitExceeded: true, CVMRequired: true}, "B6E08000"}},
		"below the transaction limit":                    {full, 999, 2, want{contactless.Indicators{FloorLimitExceeded: true, CVMRequired: true}, "B6E08000"}},
		"at the transaction limit":                       {full, 1000, 2, want{contactless.Indicators{NotAllowed: true, FloorLimitExceeded: true, CVMRequired: true}, "B6E08000"}},
		"a single unit of a currency with cents":         {full, 100, 2, want{contactless.Indicators{StatusCheckRequested: true}, "B6A08000"}},
		"one cent":                                       {full, 1, 2, want{contactless.Indicators{}, "B6208000"}},
		"a single unit of a currency without":            {full, 1, 0, want{contactless.Indicators{StatusCheckRequested: true}, "B6A08000"}},
		"a single unit without support":                  {Set{TTQ: full.TTQ}, 1, 0, want{contactless.Indicators{}, "B6208000"}},
		"nothing configured":                             {Set{}, maxAmount, 2, want{contactless.Indicators{}, "00000000"}},
		"terminal floor limit alone, at it":              {Set{TerminalFloorLimit: amount(5)}, 5, 2, want{contactless.Indicators{}, "00000000"}},
		"terminal floor limit alone, above":              {Set{TerminalFloorLimit: amount(5)}, 6, 2, want{contactless.Indicators{FloorLimitExceeded: true}, "00000000"}},
		"limits of zero":                                 {Set{FloorLimit: amount(0), CVMRequiredLimit: amount(0)}, 0, 2, want{contactless.Indicators{ZeroAmount: true, CVMRequired: true}, "00000000"}},
		"transaction limit of zero":                      {Set{TransactionLimit: amount(0)}, 0, 2, want{contactless.Indicators{ZeroAmount: true, NotAllowed: true}, "00000000"}},
		"zero amount, no flag":                           {Set{TTQ: full.TTQ}, 0, 2, want{contactless.Indicators{ZeroAmount: true}, "B6A08000"}},
		"zero amount allowed":                            {Set{ZeroAmountAllowed: flag(true)}, 0, 2, want{contactless.Indicators{ZeroAmount: true}, "00000000"}},
		"zero amount refused":                            {Set{ZeroAmountAllowed: flag(false), TTQ: full.TTQ}, 0, 2, want{contactless.Indicators{NotAllowed: true}, "B6208000"}},
		"zero amount offline only":                       {offline, 0, 2, want{contactless.Indicators{ZeroAmount: true, NotAllowed: true}, "28000000"}},
		"some amount offline only":                       {offline, 1, 2, want{contactless.Indicators{}, "28000000"}},
	} {
		t.Run(name, func(t *testing.T) {
			list := []combination{{set: &c.set, indicators: contactless.Indicators{NotAllowed: true}, ttq: [4]byte{0xFF, 0xFF, 0xFF, 0xFF}}}
			allowed := preprocess(list, emv.Order{Amount: c.amount, CurrencyExponent: c.exponent})
			got := want{list[0].indicators, fmt.Sprintf("%X", list[0].ttq)}
			if got != c.want || allowed == c.want.indicators.NotAllowed {
				t.Errorf("got %+v, allowed %v", got, allowed)
			}
		})
	}
}

func TestOneAllowedCombinationIsEnough(t *testing.T) {
	list := []combination{{set: &Set{TransactionLimit: amount(1)}}, {set: &Set{}}, {set: &Set{TransactionLimit: amount(2)}}}
	if !preprocess(list, emv.Order{Amount: 2}) || !list[0].indicators.NotAllowed || list[1].indicators.NotAllowed {
		t.Error("not allowed")
	}
	if preprocess(nil, emv.Order{}) {
		t.Error("none is allowed where none is configured")
	}
}

func TestAPresetKeepsTheConfiguredTTQWhole(t *testing.T) {
	list := []combination{{set: &Set{TTQ: []byte{0x84, 0xC0, 0x80, 0}}, indicators: contactless.Indicators{NotAllowed: true}}}
	presetAll(list)
	if list[0].ttq != [4]byte{0x84, 0xC0, 0x80, 0} || list[0].indicators != (contactless.Indicators{}) {
		t.Errorf("%X %+v", list[0].ttq, list[0].indicators)
	}
}
