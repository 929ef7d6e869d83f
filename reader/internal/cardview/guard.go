package cardview

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// A guard knows the account numbers of a card and finds them in any bytes: as
// packed digits from either half of a byte, and as text.
type guard struct{ numbers [][]byte } // one digit a byte

// learn takes the account number out of one data object.
func (g *guard) learn(tag tlv.Tag, v []byte) {
	switch tag {
	case 0x5A, 0x57, 0x9F6B:
		g.add(firstRun(nibbles(v)))
	case 0x56:
		if len(v) > 1 { // after the format code B
			g.add(firstRun(textDigits(v[1:])))
		}
	}
}

func (g *guard) add(number []byte) {
	if len(number) >= minNumber {
		g.numbers = append(g.numbers, number)
	}
}

// finds reports whether a number is somewhere in b.
func (g *guard) finds(b []byte) bool {
	packed, text := nibbles(b), textDigits(b)
	for _, n := range g.numbers {
		if contains(packed, n) || contains(text, n) {
			return true
		}
	}
	clear(packed)
	clear(text)
	return false
}

func (g *guard) wipe() {
	for _, n := range g.numbers {
		clear(n)
	}
	g.numbers = nil
}

const noDigit = 0xFF

// nibbles are the half bytes of b; those that are no digits stay above 9.
func nibbles(b []byte) []byte {
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, c>>4, c&0x0F)
	}
	return out
}

// textDigits are the characters of b as digits. Spaces and hyphens between
// digits are left out, as numbers are written so.
func textDigits(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			out = append(out, c-'0')
		case c != ' ' && c != '-':
			out = append(out, noDigit)
		}
	}
	return out
}

// firstRun is the digits that b begins with.
func firstRun(b []byte) []byte {
	for i, d := range b {
		if d > 9 {
			return b[:i:i]
		}
	}
	return b
}

func contains(b, part []byte) bool {
	for i := 0; i+len(part) <= len(b); i++ {
		if string(b[i:i+len(part)]) == string(part) {
			return true
		}
	}
	return false
}
