package objects

// BE32 writes v as four bytes, high byte first.
func BE32(v uint64) []byte { return []byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)} }

// BCD writes v as packed digits, n bytes, zeros in front.
func BCD(v uint64, n int) []byte {
	b := make([]byte, n)
	for i := n - 1; i >= 0; i-- {
		b[i] = byte(v%10) | byte(v/10%10)<<4
		v /= 100
	}
	return b
}

// AllDigits reports whether b holds packed decimal digits only.
func AllDigits(b []byte) bool {
	for _, c := range b {
		if c>>4 > 9 || c&0x0F > 9 {
			return false
		}
	}
	return true
}

// ValidDate checks YYMMDD, packed.
func ValidDate(b []byte) bool {
	return len(b) == 3 && AllDigits(b) &&
		b[1] >= 0x01 && b[1] <= 0x12 && b[2] >= 0x01 && b[2] <= 0x31
}

// After reports whether YYMMDD a lies after b. Years 50 to 99 are 1950 to 1999
// (EMV 4.4 Book 4, clause 6.7.3).
func After(a, b []byte) bool {
	ya, yb := century(a[0]), century(b[0])
	if ya != yb {
		return ya > yb
	}
	return string(a) > string(b)
}

func century(yy byte) int {
	if yy >= 0x50 {
		return 19
	}
	return 20
}
