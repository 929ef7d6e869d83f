package profile

import (
	"encoding/hex"
	"strconv"

	"golang.org/x/text/encoding/charmap"
)

func (p Prefix) valid() bool {
	if p.Encoding == Binary {
		return p.Size >= 1 && p.Size <= 3
	}
	return oneOf(p.Encoding, ASCII, EBCDIC, BCD) && p.Size >= 1 && p.Size <= 5
}

// max is the longest that it can say.
func (p Prefix) max() int {
	base := 10
	if p.Encoding == Binary {
		base = 256
	}
	n := 1
	for range p.Size {
		n *= base
	}
	return n - 1
}

// width is how many bytes it has.
func (p Prefix) width() int {
	if p.Encoding == BCD {
		return (p.Size + 1) / 2
	}
	return p.Size
}

func (p Prefix) append(dst []byte, n int) ([]byte, bool) {
	if n > p.max() {
		return dst, false
	}
	if p.Encoding == Binary {
		for i := p.Size - 1; i >= 0; i-- {
			dst = append(dst, byte(n>>(8*i)))
		}
		return dst, true
	}
	digits := strconv.Itoa(n)
	for len(digits) < p.Size {
		digits = "0" + digits
	}
	return encode(dst, p.Encoding, []byte(digits))
}

func (p Prefix) read(b []byte) (n int, rest []byte, ok bool) {
	if len(b) < p.width() {
		return 0, nil, false
	}
	raw, rest := b[:p.width()], b[p.width():]
	if p.Encoding == Binary {
		for _, c := range raw {
			n = n<<8 | int(c)
		}
		return n, rest, true
	}
	digits, ok := decode(p.Encoding, raw, p.Size)
	if !ok || !numeric(digits) {
		return 0, nil, false
	}
	n, err := strconv.Atoi(string(digits))
	return n, rest, err == nil
}

// written is what a prefix counts of a value of n digits, characters or bytes.
func (f Field) written(n int) int {
	if f.Encoding == Hex || f.Encoding == HexEBCDIC {
		return 2 * n
	}
	return n
}

// size is how many bytes that is on the line.
func size(e Encoding, written int) int {
	if e == BCD {
		return (written + 1) / 2
	}
	return written
}

// encode writes a value; not all characters are to be had in each encoding.
func encode(dst []byte, e Encoding, v []byte) ([]byte, bool) {
	switch e {
	case ASCII:
		return append(dst, v...), printable(v)
	case EBCDIC:
		return appendEBCDIC(dst, v)
	case BCD:
		if !numeric(v) {
			return dst, false
		}
		if len(v)%2 == 1 {
			v = append([]byte{'0'}, v...)
			defer clear(v) // a copy of what may be an account number
		}
		for i := 0; i < len(v); i += 2 {
			dst = append(dst, (v[i]-'0')<<4|(v[i+1]-'0'))
		}
		return dst, true
	case Binary:
		return append(dst, v...), true
	case Hex:
		return append(dst, upper(v)...), true
	case HexEBCDIC:
		return appendEBCDIC(dst, upper(v))
	}
	return dst, false
}

// decode reads what encode wrote, of so many digits, characters or bytes.
func decode(e Encoding, b []byte, written int) ([]byte, bool) {
	switch e {
	case ASCII:
		return b, printable(b)
	case EBCDIC:
		return fromEBCDIC(b)
	case BCD:
		v := []byte(hex.EncodeToString(b))
		odd := written%2 == 1
		if !numeric(v) || odd && v[0] != '0' {
			return nil, false
		}
		if odd {
			v = v[1:]
		}
		return v, true
	case Binary:
		return b, true
	case HexEBCDIC:
		text, ok := fromEBCDIC(b)
		if !ok {
			return nil, false
		}
		return fromHex(text)
	case Hex:
		return fromHex(b)
	}
	return nil, false
}

func upper(v []byte) []byte {
	out := make([]byte, 0, 2*len(v))
	const digits = "0123456789ABCDEF"
	for _, c := range v {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return out
}

// fromHex takes upper case alone, so that there is one encoding.
func fromHex(b []byte) ([]byte, bool) {
	out := make([]byte, len(b)/2)
	if _, err := hex.Decode(out, b); err != nil || string(upper(out)) != string(b) {
		return nil, false
	}
	return out, true
}

func appendEBCDIC(dst, v []byte) ([]byte, bool) {
	for _, c := range v {
		b, ok := charmap.CodePage037.EncodeRune(rune(c))
		if !ok || c < 0x20 || c > 0x7E {
			return dst, false
		}
		dst = append(dst, b)
	}
	return dst, true
}

func fromEBCDIC(b []byte) ([]byte, bool) {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		r := charmap.CodePage037.DecodeByte(c)
		if r < 0x20 || r > 0x7E {
			return nil, false
		}
		out = append(out, byte(r))
	}
	return out, true
}

func printable(v []byte) bool {
	for _, c := range v {
		if c < 0x20 || c > 0x7E {
			return false
		}
	}
	return true
}

func numeric(v []byte) bool {
	for _, c := range v {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(v) > 0
}
