// Package qr draws QR codes: ISO/IEC 18004, model 2, byte mode, error correction
// level M, versions 1 to 12, which hold 287 bytes.
//
// Only the terminal imports it, for the link that pairs a till. It knows nothing of
// what it draws.
package qr

import "errors"

// ErrTooLong says that a text does not fit into the largest code that is drawn here.
var ErrTooLong = errors.New("qr: the text is too long for a code")

// Code is a square of modules without the quiet zone around it.
type Code struct {
	Size int
	dark []bool
}

// Dark reports whether the module in column x and row y is dark; outside the square
// none is.
func (c Code) Dark(x, y int) bool {
	return x >= 0 && y >= 0 && x < c.Size && y < c.Size && c.dark[y*c.Size+x]
}

// Encode draws a text of bytes in the smallest version that holds it, with the mask
// of the least penalty.
func Encode(text []byte) (Code, error) {
	v, ok := smallest(len(text))
	if !ok {
		return Code{}, ErrTooLong
	}
	words := v.interleave(v.data(text))
	best, penalty := Code{}, -1
	for mask := range masks() {
		c := draw(v, words, mask)
		if p := c.penalty(); penalty < 0 || p < penalty {
			best, penalty = c, p
		}
	}
	return best, nil
}
