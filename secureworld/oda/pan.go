package oda

// digits are the nibbles of a packed number in front of its padding with F. It
// reports whether there was nothing else, and at least so many digits.
func digits(packed []byte, least int) ([]byte, bool) {
	out, ended := make([]byte, 0, 2*len(packed)), false
	for _, b := range packed {
		for _, d := range [2]byte{b >> 4, b & 15} {
			switch {
			case d == 0xF:
				ended = true
			case d > 9 || ended:
				return nil, false
			default:
				out = append(out, d)
			}
		}
	}
	return out, len(out) >= least
}

const (
	maxPANBytes  = 10 // 5A: 19 digits
	minPANDigits = 8  // an issuer identifier at its longest
	minIssuerID  = 3
)

// sameNumber reports whether the name in a card certificate is the PAN.
func sameNumber(name, pan []byte) bool { return compare(name, pan, minPANDigits, true) }

// begins reports whether the issuer identifier, 3 to 8 digits, begins the PAN.
func begins(id, pan []byte) bool { return compare(id, pan, minIssuerID, false) }

func compare(name, pan []byte, least int, whole bool) bool {
	if len(pan) > maxPANBytes {
		return false
	}
	n, okN := digits(name, least)
	p, okP := digits(pan, minPANDigits)
	if !okN || !okP || len(n) > len(p) || whole && len(n) != len(p) {
		return false
	}
	return string(n) == string(p[:len(n)])
}
