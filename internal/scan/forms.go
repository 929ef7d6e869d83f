package scan

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
)

// form is a canary as some program would hold it.
type form struct {
	encoding string
	bytes    []byte
	before   int8
	after    int8
}

func whole(encoding string, b []byte) form { return form{encoding, b, -1, -1} }

// panForms gives an account number in every form in which it is searched for.
// JSON leaves digits as they are, and the hexadecimal digits of packed BCD are
// the ASCII digits themselves, so both are covered by "ascii".
func panForms(digits []byte) []form {
	forms := digitForms(digits)
	forms = append(forms,
		whole("ascii, reversed", reversed(digits)),
		whole("ascii, spaced", grouped(digits, ' ')),
		whole("ascii, dashed", grouped(digits, '-')),
		whole("uint64, little endian", integer(digits, binary.LittleEndian)),
		whole("uint64, big endian", integer(digits, binary.BigEndian)),
	)
	forms = append(forms, base64Forms("base64 of bcd", packed(digits))...)
	return append(forms, hashForms(digits)...)
}

// track2Forms gives a track with either separator, as text and as the nibbles
// of tag 57, where D separates and F pads.
func track2Forms(track []byte, at int) []form {
	equals, letter := slices.Clone(track), slices.Clone(track)
	equals[at], letter[at] = '=', 'D'
	lower := bytes.ToLower(letter)
	forms := []form{
		whole("ascii with =", equals),
		whole("ascii with D", letter),
		whole("ascii with d", lower),
		whole("utf16 with =", widened(equals, 2)),
		whole("utf16 with D", widened(letter, 2)),
		whole("hex of ascii with =", []byte(hex.EncodeToString(equals))),
	}
	forms = append(forms, packedForms(letter)...)
	forms = append(forms, base64Forms("base64 with =", equals)...)
	return append(forms, base64Forms("base64 with D", letter)...)
}

// pinForms gives a PIN as text, as BCD and as the start of the clear PIN field
// of ISO 9564-1 format 4: control 4, length, digits, filler A.
func pinForms(digits []byte) []form {
	forms := digitForms(digits)
	field := append([]byte{0x40 | byte(len(digits))}, packed(digits)...)
	return append(forms,
		whole("ISO 9564-1 format 4 field", append(field, 0xAA)),
		whole("ascii, reversed", reversed(digits)),
		whole("uint64, little endian", integer(digits, binary.LittleEndian)),
		whole("uint64, big endian", integer(digits, binary.BigEndian)),
	)
}

// keyForms gives a key raw and in the texts that tools make of it.
func keyForms(key []byte) []form {
	text := hex.EncodeToString(key)
	forms := []form{
		whole("raw", key),
		whole("raw, reversed", reversed(key)),
		whole("hex, lower", []byte(text)),
		whole("hex, upper", bytes.ToUpper([]byte(text))),
	}
	return append(forms, base64Forms("base64", key)...)
}

// digitForms are the forms that account numbers and PINs share.
func digitForms(digits []byte) []form {
	forms := []form{
		whole("ascii", slices.Clone(digits)),
		whole("ebcdic", mapped(digits, 0xF0)),
		whole("digit values", mapped(digits, 0x00)),
		whole("utf16", widened(digits, 2)),
		whole("utf32", widened(digits, 4)),
		whole("hex of ascii", []byte(hex.EncodeToString(digits))),
	}
	forms = append(forms, packedForms(digits)...)
	return append(forms, base64Forms("base64", digits)...)
}

// packedForms packs two symbols into a byte, once from the first symbol on and
// once with the first symbol in the lower half of a byte.
func packedForms(symbols []byte) []form {
	even := form{"bcd", packed(symbols), -1, -1}
	if len(symbols)%2 == 1 {
		even.after = int8(nibble(symbols[len(symbols)-1]))
	}
	odd := form{"bcd, odd half", packed(symbols[1:]), int8(nibble(symbols[0])), -1}
	if len(symbols)%2 == 0 {
		odd.after = int8(nibble(symbols[len(symbols)-1]))
	}
	return []form{even, odd}
}

// packed packs pairs of symbols; a last one without partner is left out.
func packed(symbols []byte) []byte {
	b := make([]byte, len(symbols)/2)
	for i := range b {
		b[i] = nibble(symbols[2*i])<<4 | nibble(symbols[2*i+1])
	}
	return b
}

// nibble is a digit's value, or 13 for the separator D.
func nibble(symbol byte) byte {
	if symbol == 'D' {
		return 0xD
	}
	return symbol & 0x0F
}

// base64Forms gives the characters that depend on the bytes alone, for each of
// the three places at which the bytes can start in a group of three.
func base64Forms(name string, b []byte) []form {
	var forms []form
	for phase := range 3 {
		plain := append(make([]byte, phase), b...)
		text := base64.StdEncoding.EncodeToString(plain)
		from, to := (phase*8+5)/6, len(plain)*8/6
		core := []byte(text[from:to])
		forms = append(forms, whole(name, core), whole(name+"url", urlSafe(core)))
	}
	return forms
}

func urlSafe(b []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("+"), []byte("-")), []byte("/"), []byte("_"))
}

// hashForms are digests without a key: over the 10^9 numbers that share a BIN
// and a check digit they hide nothing.
func hashForms(digits []byte) []form {
	sum := sha256.Sum256(digits)
	text := hex.EncodeToString(sum[:])
	forms := []form{
		whole("sha256", sum[:]),
		whole("sha256, hex lower", []byte(text)),
		whole("sha256, hex upper", bytes.ToUpper([]byte(text))),
	}
	return append(forms, base64Forms("sha256, base64", sum[:])...)
}

// widened puts zero bytes between characters. Without the zeros at either end
// the same bytes stand in both byte orders.
func widened(b []byte, width int) []byte {
	w := make([]byte, (len(b)-1)*width+1)
	for i, c := range b {
		w[i*width] = c
	}
	return w
}

func mapped(digits []byte, zone byte) []byte {
	m := make([]byte, len(digits))
	for i, d := range digits {
		m[i] = zone | d&0x0F
	}
	return m
}

func reversed(b []byte) []byte {
	r := slices.Clone(b)
	slices.Reverse(r)
	return r
}

// grouped writes a number as it stands on cards: in fours, and 4-6-5 for
// fifteen digits.
func grouped(digits []byte, separator byte) []byte {
	var g []byte
	for i, d := range digits {
		if startsGroup(i, len(digits)) {
			g = append(g, separator)
		}
		g = append(g, d)
	}
	return g
}

func startsGroup(i, length int) bool {
	if length == 15 {
		return i == 4 || i == 10
	}
	return i > 0 && i%4 == 0
}

// integer is the number as a 64-bit integer holds it; 19 digits fit.
func integer(digits []byte, order binary.AppendByteOrder) []byte {
	v, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		panic("scan: internal error: digits were checked before")
	}
	return order.AppendUint64(nil, v)
}
