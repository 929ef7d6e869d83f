package account

// Within reports whether b holds the whole PAN in a form in which messages carry
// numbers: ASCII digits, one digit per byte, or packed digits at either half of
// a byte. It is the last look at everything that leaves the application.
func (p *PAN) Within(b []byte) bool {
	if p.Zero() {
		return false
	}
	return p.unpackedWithin(b) || p.packedWithin(b, 0) || p.packedWithin(b, 1)
}

// unpackedWithin looks at low halves alone, where a digit stands in ASCII, in
// EBCDIC and in a byte of its own. High halves must be the same throughout.
func (p *PAN) unpackedWithin(b []byte) bool {
	n := int(p.length)
	for at := 0; at+n <= len(b); at++ {
		i := 0
		for i < n && b[at+i]&0x0F == p.digits[i]&0x0F && b[at+i]>>4 == b[at]>>4 {
			i++
		}
		if i == n {
			return true
		}
	}
	return false
}

// packedWithin looks for the digits from the given half (0 high, 1 low) of any
// byte on.
func (p *PAN) packedWithin(b []byte, half int) bool {
	n := int(p.length)
	for at := half; at+n <= 2*len(b); at += 2 {
		i := 0
		for i < n && nibbleAt(b, at+i) == p.digits[i]&0x0F {
			i++
		}
		if i == n {
			return true
		}
	}
	return false
}

// nibbleAt is the i-th half byte of b, the high one first.
func nibbleAt(b []byte, i int) byte {
	if i%2 == 0 {
		return b[i/2] >> 4
	}
	return b[i/2] & 0x0F
}
