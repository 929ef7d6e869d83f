package sale

// LooksLikePAN reports whether s holds what could be a card number: 13 to 19
// digits in a row (spaces and dashes left out) that begin like one (ISO/IEC
// 7812-1: 2 to 6) and end in a right check digit. A cashier may type one into a
// free field; it must not come to rest in the app world.
func LooksLikePAN(s string) bool {
	run := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			run = append(run, c-'0')
		case c == ' ' || c == '-':
		default:
			if holdsPAN(run) {
				return true
			}
			run = run[:0]
		}
	}
	return holdsPAN(run)
}

func holdsPAN(run []byte) bool {
	for from := range run {
		for n := 13; n <= 19 && from+n <= len(run); n++ {
			if run[from] >= 2 && run[from] <= 6 && luhn(run[from:from+n]) {
				return true
			}
		}
	}
	return false
}

// luhn checks the last digit (ISO/IEC 7812-1, annex B).
func luhn(digits []byte) bool {
	sum, double := 0, false
	for i := len(digits) - 1; i >= 0; i-- {
		d := int(digits[i])
		if double {
			d = d*2 - 9*(d/5)
		}
		sum, double = sum+d, !double
	}
	return sum%10 == 0
}
