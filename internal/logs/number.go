package logs

// Lengths of a card number (ISO/IEC 7812-1) as they are issued.
const (
	shortest = 13
	longest  = 19
)

// holdsNumber reports whether s holds what could be a card number: digits in a row,
// spaces and dashes between them left out, that begin with 2 to 6 and end in a right
// check digit.
func holdsNumber(s string) bool {
	digits := make([]byte, 0, longest)
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			if digits = append(digits, c-'0'); endsInNumber(digits) {
				return true
			}
		case c == ' ' || c == '-':
		default:
			digits = digits[:0]
		}
	}
	return false
}

// endsInNumber goes from the last digit to the front, as the check sum does.
func endsInNumber(digits []byte) bool {
	sum := 0
	for n := 1; n <= min(len(digits), longest); n++ {
		d := int(digits[len(digits)-n])
		first := d
		if n%2 == 0 {
			d = d*2 - 9*(d/5)
		}
		if sum += d; n >= shortest && first >= 2 && first <= 6 && sum%10 == 0 {
			return true
		}
	}
	return false
}
