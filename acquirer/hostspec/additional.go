package hostspec

import "errors"

// Additional is one amount of DE 54 (ISO 8583:1987, an 20 each).
type Additional struct {
	Account  string // two digits: "00" unspecified
	Type     AmountType
	Currency string // three digits
	Debit    bool   // D, else C
	Amount   int64  // minor units, at most twelve digits
}

// AmountType is what an additional amount is.
type AmountType string

// Amount types. Tip is of this link's own; the others are the standard's.
const (
	AmountAvailable AmountType = "02" // 0110: what the cardholder may still spend
	AmountCashback  AmountType = "40"
	AmountOriginal  AmountType = "57" // answer 10: what was asked for
	AmountTip       AmountType = "90"
)

const (
	additionalSize = 20
	// MaxAdditional is how many there are in one message.
	MaxAdditional = 3
)

// ErrAdditional reports a malformed DE 54.
var ErrAdditional = errors.New("hostspec: malformed additional amounts")

// AppendAdditional writes amounts, whose types must rise. An amount of more than
// twelve digits, or below zero, is a fault of the caller and written as nothing
// that ParseAdditional takes.
func AppendAdditional(dst []byte, amounts ...Additional) []byte {
	for _, a := range amounts {
		sign := byte('C')
		if a.Debit {
			sign = 'D'
		}
		dst = append(append(append(dst, a.Account...), a.Type...), a.Currency...)
		dst = appendDigits(append(dst, sign), a.Amount, 12)
	}
	return dst
}

// ParseAdditional reads DE 54 and accepts one encoding only.
func ParseAdditional(b []byte) ([]Additional, error) {
	if len(b) == 0 || len(b)%additionalSize != 0 || len(b) > MaxAdditional*additionalSize {
		return nil, ErrAdditional
	}
	var out []Additional
	for last := ""; len(b) > 0; b = b[additionalSize:] {
		amount, ok := digits(b[8:additionalSize])
		_, account := digits(b[:7])
		a := Additional{string(b[:2]), AmountType(b[2:4]), string(b[4:7]), b[7] == 'D', amount}
		if !ok || !account || b[7] != 'C' && b[7] != 'D' || string(a.Type) <= last {
			return nil, ErrAdditional
		}
		last = string(a.Type)
		out = append(out, a)
	}
	return out, nil
}

// FindAdditional returns the amount of a type, 0 if there is none.
func FindAdditional(amounts []Additional, t AmountType) int64 {
	for _, a := range amounts {
		if a.Type == t {
			return a.Amount
		}
	}
	return 0
}

func appendDigits(dst []byte, n int64, width int) []byte {
	var room [20]byte
	if n < 0 || width > len(room) {
		return append(dst, '?')
	}
	for i := width - 1; i >= 0; i-- {
		room[i] = '0' + byte(n%10)
		n /= 10
	}
	if n != 0 {
		return append(dst, '?')
	}
	return append(dst, room[:width]...)
}

func digits(b []byte) (n int64, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
