package scan

import (
	"crypto/rand"
	"errors"
	"math/big"
	"strconv"
)

// TestBIN is the start of account numbers that a published source uses for
// tests, and its source.
type TestBIN struct {
	Prefix string
	Source string
}

// TestBINs lists the issuer prefixes under which a canary may be made, and
// under which alone a number in this repository may look like an account
// number.
func TestBINs() []TestBIN {
	return []TestBIN{
		{"411111", "card brands' and gateways' public test number 4111 1111 1111 1111"},
		{"401288", "card brands' and gateways' public test number 4012 8888 8888 1881"},
		{"422222", "gateways' public test number 4222 2222 2222 2"},
		{"424242", "Stripe, public test cards: 4242 4242 4242 4242"},
		{"401234", "ANSI X9.24 examples: account number 4012 3456 7890 (9)"},
		{"476173", "Visa test cards, as in public card transcripts: 4761 7390 0101 ...."},
		{"541333", "Mastercard test cards, as in public card transcripts: 5413 3300 8902 ...."},
		{"555555", "gateways' public test number 5555 5555 5555 4444"},
		{"510510", "gateways' public test number 5105 1051 0510 5100"},
		{"222300", "Mastercard 2-series public test number 2223 0031 2200 3222"},
		{"520082", "Stripe, public test cards: 5200 8282 8282 8210"},
		{"378282", "American Express public test number 3782 822463 10005"},
		{"371449", "American Express public test number 3714 496353 98431"},
		{"601111", "Discover public test number 6011 1111 1111 1117"},
		{"356600", "JCB public test number 3566 0020 2036 0505"},
		{"353011", "JCB public test number 3530 1113 3330 0000"},
		{"305693", "Diners Club public test number 3056 930902 5904"},
		{"385200", "Diners Club public test number 3852 000002 3237"},
	}
}

var errPrefix = errors.New("make a canary: prefix is no published test BIN or length is not that of an account number")

// GeneratePAN makes a random account number of length ASCII digits with a valid
// check digit (ISO/IEC 7812-1, annex B) under one of the published test BINs.
func GeneratePAN(bin string, length int) ([]byte, error) {
	if !isTestBIN(bin) || length < minPANDigits || length > maxPANDigits {
		return nil, errPrefix
	}
	pan := append(make([]byte, 0, length), bin...)
	for len(pan) < length-1 {
		pan = append(pan, randomDigit())
	}
	return append(pan, checkDigit(pan)), nil
}

// GeneratePIN makes a canary PIN of twelve random ASCII digits that are not all
// the same.
func GeneratePIN() []byte {
	for {
		pin := make([]byte, pinDigits)
		for i := range pin {
			pin[i] = randomDigit()
		}
		if !isDull(pin) {
			return pin
		}
	}
}

// ValidCheckDigit tells whether ASCII digits end in the check digit of ISO/IEC
// 7812-1, annex B (the Luhn formula).
func ValidCheckDigit(digits []byte) bool {
	last := len(digits) - 1
	return last > 0 && checkDigit(digits[:last]) == digits[last]
}

func isTestBIN(prefix string) bool {
	for _, b := range TestBINs() {
		if b.Prefix == prefix {
			return true
		}
	}
	return false
}

func randomDigit() byte {
	n, err := rand.Int(rand.Reader, big.NewInt(10))
	if err != nil {
		panic("scan: internal error: no randomness: " + err.Error())
	}
	return strconv.Itoa(int(n.Int64()))[0]
}

func checkDigit(payload []byte) byte {
	sum := 0
	for i := range payload {
		d := int(payload[len(payload)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return byte('0' + (10-sum%10)%10)
}
