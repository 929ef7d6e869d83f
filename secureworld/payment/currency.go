package payment

import "errors"

// Currency is a numeric ISO 4217 code.
type Currency uint16

// ErrCurrency reports a currency that this project does not know.
var ErrCurrency = errors.New("unknown currency")

// The currencies that a lane can be configured for.
const (
	AUD Currency = 36
	CAD Currency = 124
	JPY Currency = 392
	CHF Currency = 756
	GBP Currency = 826
	USD Currency = 840
	EUR Currency = 978
)

type currencyData struct {
	code     string
	exponent uint8
}

// currencies is read-only: ISO 4217 list one, code and minor units.
var currencies = map[Currency]currencyData{
	AUD: {"AUD", 2}, CAD: {"CAD", 2}, JPY: {"JPY", 0}, CHF: {"CHF", 2},
	GBP: {"GBP", 2}, USD: {"USD", 2}, EUR: {"EUR", 2},
}

// ParseCurrency returns the currency of an alphabetic ISO 4217 code.
func ParseCurrency(code string) (Currency, error) {
	for c, d := range currencies {
		if d.code == code {
			return c, nil
		}
	}
	return 0, ErrCurrency
}

// Valid reports whether c is known, or zero, which means none.
func (c Currency) Valid() bool { return c == 0 || c.Known() }

// Known reports whether c is a currency at all.
func (c Currency) Known() bool { _, ok := currencies[c]; return ok }

// Exponent is the number of decimals of c.
func (c Currency) Exponent() uint8 { return currencies[c].exponent }

// String is the alphabetic code.
func (c Currency) String() string { return currencies[c].code }

// MarshalText writes the alphabetic code.
func (c Currency) MarshalText() ([]byte, error) {
	if !c.Known() {
		return nil, ErrCurrency
	}
	return []byte(c.String()), nil
}

// UnmarshalText reads an alphabetic code.
func (c *Currency) UnmarshalText(b []byte) error {
	v, err := ParseCurrency(string(b))
	*c = v
	return err
}
