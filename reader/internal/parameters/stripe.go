package parameters

// Stripe is how magnetic stripes are taken.
type Stripe struct {
	// ChipFailures is how often a chip must fail before its stripe is taken.
	ChipFailures int `json:"chip_failures"`
}

// maxFailures is more than anybody has the patience for.
const maxFailures = 9

func (s Stripe) valid() bool { return s.ChipFailures >= 1 && s.ChipFailures <= maxFailures }

// Prefix begins the numbers of cards that are no payment cards.
type Prefix struct {
	Digits string `json:"digits"` // 6 to 12
}

// maxPrefixes is more card programs than one shop takes.
const maxPrefixes = 64

// valid: whatever is signed, no prefix opens a payment card. Their numbers begin
// with 2 to 6 (ISO/IEC 7812-1, major industry identifier; Mastercard's second
// series begins with 2).
func valid(list []Prefix) bool {
	if len(list) > maxPrefixes {
		return false
	}
	for _, p := range list {
		if len(p.Digits) < 6 || len(p.Digits) > 12 || p.Digits[0] >= '2' && p.Digits[0] <= '6' {
			return false
		}
		for _, digit := range []byte(p.Digits) {
			if digit < '0' || digit > '9' {
				return false
			}
		}
	}
	return true
}
