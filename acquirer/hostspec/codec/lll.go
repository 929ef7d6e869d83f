package codec

// lll is a prefix.Prefixer: three BCD digits in two bytes.
type lll struct{}

// EncodeLength writes the length of a value.
func (lll) EncodeLength(limit, n int) ([]byte, error) {
	if n > limit || n > 999 {
		return nil, errShort
	}
	return []byte{byte(n / 100), byte(n/10%10<<4 | n%10)}, nil
}

// DecodeLength reads it.
func (lll) DecodeLength(limit int, b []byte) (n, read int, err error) {
	if len(b) < 2 || b[0] > 9 || b[1]>>4 > 9 || b[1]&0x0F > 9 {
		return 0, 0, errDigits
	}
	n = int(b[0])*100 + int(b[1]>>4)*10 + int(b[1]&0x0F)
	if n > limit {
		return 0, 0, errShort
	}
	return n, 2, nil
}

// Inspect names it for the library's descriptions.
func (lll) Inspect() string { return "BCD.LLL" }
