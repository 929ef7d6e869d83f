package oda

// length counts the digits of a packed number in front of its padding with F,
// and reports whether there is nothing else. No digit is copied.
func length(packed []byte) (n int, ok bool) {
	ended := false
	for i := range 2 * len(packed) {
		switch d := digit(packed, i); {
		case d == 0xF:
			ended = true
		case d > 9 || ended:
			return 0, false
		default:
			n++
		}
	}
	return n, true
}

func digit(packed []byte, i int) byte {
	if i%2 == 0 {
		return packed[i/2] >> 4
	}
	return packed[i/2] & 15
}

const (
	maxPANBytes  = 10 // 5A: 19 digits
	minPANDigits = 8  // an issuer identifier at its longest
	minIssuerID  = 3
)

// sameNumber reports whether the name in a card certificate is the PAN.
func sameNumber(name, pan []byte) bool {
	n, ok := length(name)
	p, _ := length(pan)
	return ok && n == p && begins(name, pan)
}

// begins reports whether an issuer identifier, three digits or more, begins the
// PAN.
func begins(id, pan []byte) bool {
	n, okN := length(id)
	p, okP := length(pan)
	if !okN || !okP || n < minIssuerID || p < minPANDigits || n > p || len(pan) > maxPANBytes {
		return false
	}
	for i := range n {
		if digit(id, i) != digit(pan, i) {
			return false
		}
	}
	return true
}
