package codec

import "errors"

var (
	errDigits = errors.New("codec: not decimal digits")
	errShort  = errors.New("codec: not enough bytes")
)

// bcd is an encoding.Encoder for packed decimal digits, an odd number padded by
// a zero on the left. The library's own builds a table for each field that it
// encodes, which is five sixths of the time of a message.
type bcd struct{}

// Encode packs ASCII digits.
func (bcd) Encode(digits []byte) ([]byte, error) {
	out := make([]byte, (len(digits)+1)/2)
	at := len(digits) % 2
	for _, d := range digits {
		if d < '0' || d > '9' {
			return nil, errDigits
		}
		out[at/2] = out[at/2]<<4 | (d - '0')
		at++
	}
	return out, nil
}

// Decode unpacks length digits from the start of b.
func (bcd) Decode(b []byte, length int) ([]byte, int, error) {
	size := (length + 1) / 2
	if length < 0 || size > len(b) {
		return nil, 0, errShort
	}
	out := make([]byte, 0, 2*size)
	for _, c := range b[:size] {
		if c>>4 > 9 || c&0x0F > 9 {
			return nil, 0, errDigits
		}
		out = append(out, '0'+c>>4, '0'+c&0x0F)
	}
	return out[length%2:], size, nil
}
