package hostmsg

// decimal writes n as digits, ASCII, zeros in front. Where n has more digits
// than width the result has more too, and the codec refuses it.
func decimal(n uint64, width int) []byte {
	var b [20]byte // the digits of the largest uint64
	at := len(b)
	for n > 0 || len(b)-at < width {
		at--
		b[at] = byte('0' + n%10)
		n /= 10
	}
	return b[at:]
}

// unpacked writes packed digits as ASCII. A half byte that is no digit becomes a
// character that is none, and the codec refuses it.
func unpacked(packed []byte) []byte {
	out := make([]byte, 0, 2*len(packed))
	for _, b := range packed {
		out = append(out, '0'+b>>4, '0'+b&0x0F)
	}
	return out
}

// number reads digits, at most fifteen of which count.
func number(digits []byte) (n uint64, ok bool) {
	for _, d := range digits {
		if d < '0' || d > '9' || n > 99_999_999_999_999 {
			return 0, false
		}
		n = 10*n + uint64(d-'0')
	}
	return n, len(digits) > 0
}
