package sale

// Verdict is what is to be done with a request under an idempotency key.
type Verdict uint8

// Verdicts.
const (
	Begin    Verdict = iota // the key is free
	Replay                  // the same question: the same payment
	Mismatch                // the key was used for another question
)

// Decide compares a request with the payment that its key already has, nil if
// there is none.
func Decide(existing *Record, r Request) Verdict {
	switch {
	case existing == nil:
		return Begin
	case existing.Fingerprint == r.Fingerprint():
		return Replay
	}
	return Mismatch
}

// ValidKey reports whether k can be an Idempotency-Key: 1 to MaxKey printable
// ASCII characters, and nothing that is a card number.
func ValidKey(k string) bool {
	if k == "" || len(k) > MaxKey {
		return false
	}
	digitsOnly := true
	for i := range len(k) {
		if k[i] < 0x21 || k[i] > 0x7e {
			return false
		}
		digitsOnly = digitsOnly && (k[i] >= '0' && k[i] <= '9' || k[i] == '-')
	}
	// Only keys without letters are held to it: one random UUID in some
	// thousands holds a Luhn-valid run by chance.
	return !digitsOnly || !LooksLikePAN(k)
}
