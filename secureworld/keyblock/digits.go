package keyblock

const hexDigits = "0123456789ABCDEF"

// nibble reads one upper-case hexadecimal digit: lower case would be a second
// encoding of the same block.
func nibble(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	default:
		return 0, false
	}
}

// unhex decodes all of text into dst, half as long.
func unhex(dst, text []byte) bool {
	for i := range dst {
		high, ok1 := nibble(text[2*i])
		low, ok2 := nibble(text[2*i+1])
		if !ok1 || !ok2 {
			return false
		}
		dst[i] = high<<4 | low
	}
	return true
}

func appendHex(dst, b []byte) []byte {
	for _, v := range b {
		dst = append(dst, hexDigits[v>>4], hexDigits[v&15])
	}
	return dst
}

// hexNumber reads up to four digits.
func hexNumber(text []byte) (n int, ok bool) {
	for _, c := range text {
		v, ok := nibble(c)
		if !ok {
			return 0, false
		}
		n = n<<4 | int(v)
	}
	return n, true
}

func appendHexNumber(dst []byte, n, digits int) []byte {
	for i := digits - 1; i >= 0; i-- {
		dst = append(dst, hexDigits[n>>(4*i)&15])
	}
	return dst
}

func decimal(text []byte) (n int, ok bool) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// appendDecimal writes n, which has at most that many digits.
func appendDecimal(dst []byte, n, digits int) []byte {
	at := len(dst)
	dst = append(dst, "0000"[:digits]...)
	for i := at + digits - 1; i >= at; i-- {
		dst[i] = '0' + byte(n%10)
		n /= 10
	}
	return dst
}
