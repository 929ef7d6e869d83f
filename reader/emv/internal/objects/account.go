package objects

// Nibble is the i-th half byte, high half first.
func Nibble(b []byte, i int) byte {
	if i%2 == 0 {
		return b[i/2] >> 4
	}
	return b[i/2] & 0x0F
}

// Digits counts the decimal digits that b begins with.
func Digits(b []byte) int {
	for i := range 2 * len(b) {
		if Nibble(b, i) > 9 {
			return i
		}
	}
	return 2 * len(b)
}

// Padded: nothing but F behind the first n digits.
func Padded(b []byte, n int) bool {
	for i := n; i < 2*len(b); i++ {
		if Nibble(b, i) != 0x0F {
			return false
		}
	}
	return true
}

// Luhn checks the first n digits of a packed PAN (ISO/IEC 7812-1).
func Luhn(pan []byte, n int) bool {
	sum := 0
	for i := range n {
		d := int(Nibble(pan, n-1-i))
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum%10 == 0
}

// Track2Agrees: PAN, separator D, expiry YYMM, service code, discretionary
// Digits, padding F.
func Track2Agrees(track, pan []byte, n int, expiry []byte) bool {
	if len(track) > 19 || 2*len(track) < n+8 || Digits(track) != n || Nibble(track, n) != 0x0D {
		return false
	}
	for i := range n {
		if Nibble(track, i) != Nibble(pan, i) {
			return false
		}
	}
	for i := range 4 {
		if Nibble(track, n+1+i) != Nibble(expiry, i) {
			return false
		}
	}
	end := n + 8
	for end < 2*len(track) && Nibble(track, end) <= 9 {
		end++
	}
	return allDecimal(track, n+5, n+8) && Padded(track, end)
}

func allDecimal(b []byte, from, to int) bool {
	for i := from; i < to; i++ {
		if Nibble(b, i) > 9 {
			return false
		}
	}
	return true
}
