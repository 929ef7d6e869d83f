package scan

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// The expected bytes are written by hand or made by other means than the
// package's own, for the public test number 4111 1111 1111 1111's neighbours.
const (
	evenPAN = "4111111111111111"
	oddPAN  = "378282246310005"
	track   = "4111111111111111=30122010000000000"
	pin     = "739182640517"
)

var keyBytes = []byte("\xfb\xef\xbe\xff\xfekey-of-32-bytes-for-a-test-only")[:32]

type planted struct {
	name     string
	encoding string
	bytes    []byte
}

func TestEveryFormOfAnAccountNumberIsFound(t *testing.T) {
	sum := sha256.Sum256([]byte(evenPAN))
	expectFound(t, func(n *Needles) error { return n.AddPAN("canary", []byte(evenPAN)) }, KindPAN, []planted{
		{"text", "ascii", []byte("pan=4111111111111111;")},
		{"JSON", "ascii", []byte(`{"pan":"4111111111111111"}`)},
		{"hexadecimal of BCD", "ascii", []byte("5A084111111111111111")},
		{"reversed", "ascii, reversed", []byte("1111111111111114")},
		{"spaces", "ascii, spaced", []byte("4111 1111 1111 1111")},
		{"dashes", "ascii, dashed", []byte("4111-1111-1111-1111")},
		{"EBCDIC", "ebcdic", fromHex("F4F1F1F1F1F1F1F1F1F1F1F1F1F1F1F1")},
		{"digit values", "digit values", fromHex("04010101010101010101010101010101")},
		{"UTF-16 little endian", "utf16", wide(evenPAN, binary.LittleEndian)},
		{"UTF-16 big endian", "utf16", wide(evenPAN, binary.BigEndian)},
		{"UTF-32", "utf32", fromHex("34000000" + strings.Repeat("31000000", 15))},
		{"hexadecimal of text", "hex of ascii", []byte("34313131313131313131313131313131")},
		{"BCD", "bcd", fromHex("4111111111111111")},
		{"BCD from the middle of a byte", "bcd, odd half", fromHex("F4111111111111111F")},
		{"integer, little endian", "uint64, little endian", binary.LittleEndian.AppendUint64(nil, 4111111111111111)},
		{"integer, big endian", "uint64, big endian", binary.BigEndian.AppendUint64(nil, 4111111111111111)},
		{"base64", "base64", []byte(base64.StdEncoding.EncodeToString([]byte(evenPAN)))},
		{"base64, second place", "base64", []byte(base64.StdEncoding.EncodeToString([]byte("x" + evenPAN + "y")))},
		{"base64, third place", "base64", []byte(base64.StdEncoding.EncodeToString([]byte("xx" + evenPAN + "y")))},
		{"base64 of BCD", "base64 of bcd", []byte(base64.StdEncoding.EncodeToString(fromHex("5A4111111111111111")))},
		{"hash", "sha256", sum[:]},
		{"hash, hexadecimal", "sha256, hex lower", fmt.Appendf(nil, "%x", sum)},
		{"hash, HEXADECIMAL", "sha256, hex upper", fmt.Appendf(nil, "%X", sum)},
		{"hash, base64", "sha256, base64", []byte(base64.StdEncoding.EncodeToString(sum[:]))},
	})
}

func TestEveryFormOfAnAccountNumberOfOddLengthIsFound(t *testing.T) {
	expectFound(t, func(n *Needles) error { return n.AddPAN("canary", []byte(oddPAN)) }, KindPAN, []planted{
		{"text", "ascii", []byte(oddPAN)},
		{"spaces", "ascii, spaced", []byte("3782 822463 10005")},
		{"BCD, padded behind", "bcd", fromHex("378282246310005F")},
		{"BCD, padded in front", "bcd, odd half", fromHex("0378282246310005")},
	})
}

func TestEveryFormOfATrackIsFound(t *testing.T) {
	expectFound(t, func(n *Needles) error { return n.AddTrack2("canary", []byte(track)) }, KindTrack2, []planted{
		{"text", "ascii with =", []byte(";" + track + "?")},
		{"text with D", "ascii with D", []byte(strings.Replace(track, "=", "D", 1))},
		{"text with d", "ascii with d", []byte(strings.Replace(track, "=", "d", 1))},
		{"UTF-16", "utf16 with =", wide(track, binary.LittleEndian)},
		{"UTF-16 with D", "utf16 with D", wide(strings.Replace(track, "=", "D", 1), binary.BigEndian)},
		{"hexadecimal of text", "hex of ascii with =", fmt.Appendf(nil, "%x", track)},
		{"tag 57", "bcd", fromHex("57114111111111111111D30122010000000000")},
		{"from the middle of a byte", "bcd, odd half", fromHex("F4111111111111111D30122010000000000F")},
		{"base64", "base64 with =", []byte(base64.StdEncoding.EncodeToString([]byte("x" + track)))},
		{"base64 with D", "base64 with D", []byte(base64.StdEncoding.EncodeToString([]byte(strings.Replace(track, "=", "D", 1))))},
	})
}

func TestEveryFormOfAPINIsFound(t *testing.T) {
	expectFound(t, func(n *Needles) error { return n.AddPIN("canary", []byte(pin)) }, KindPIN, []planted{
		{"text", "ascii", []byte(pin)},
		{"UTF-16", "utf16", wide(pin, binary.LittleEndian)},
		{"digit values", "digit values", fromHex("070309010802060400050107")},
		{"BCD", "bcd", fromHex("739182640517")},
		{"BCD from the middle of a byte", "bcd, odd half", fromHex("F7391826405170")},
		{"clear PIN field", "ISO 9564-1 format 4 field", fromHex("4C739182640517AA")},
		{"integer", "uint64, little endian", binary.LittleEndian.AppendUint64(nil, 739182640517)},
	})
}

func TestEveryFormOfAKeyIsFound(t *testing.T) {
	expectFound(t, func(n *Needles) error { return n.AddKey("canary", keyBytes) }, KindKey, []planted{
		{"raw", "raw", keyBytes},
		{"reversed", "raw, reversed", reversed(keyBytes)},
		{"hexadecimal", "hex, lower", fmt.Appendf(nil, "%x", keyBytes)},
		{"HEXADECIMAL", "hex, upper", fmt.Appendf(nil, "%X", keyBytes)},
		{"base64", "base64", []byte(base64.StdEncoding.EncodeToString(keyBytes))},
		{"base64 for addresses", "base64url", []byte(base64.RawURLEncoding.EncodeToString(keyBytes))},
		{"base64, second place", "base64", []byte(base64.StdEncoding.EncodeToString(append([]byte("k"), keyBytes...)))},
	})
}

func TestAHalfByteNextToPackedDigitsMustFit(t *testing.T) {
	var n Needles
	must(t, n.AddPIN("canary", []byte(pin)))
	m := n.Compile()
	for _, text := range []string{"F6391826405170", "F7391826405160", "391826405170", "F73918264051"} {
		m.Search(fromHex(text), 0, func(f Match) { t.Errorf("%s: found as %s", text, f.Encoding) })
	}
}

func TestACanaryThatWouldBeFoundByChanceIsRefused(t *testing.T) {
	var n Needles
	for name, err := range map[string]error{
		"short number":    n.AddPAN("x", []byte("41111111111")),
		"long number":     n.AddPAN("x", []byte("41111111111111111111")),
		"letters":         n.AddPAN("x", []byte("41111111111111x1")),
		"zeros":           n.AddPAN("x", []byte("0000000000000000")),
		"no separator":    n.AddTrack2("x", []byte("4111111111111111")),
		"two separators":  n.AddTrack2("x", []byte("4111111111111111==30")),
		"too long track":  n.AddTrack2("x", bytes.Repeat([]byte("1"), 38)),
		"four-digit PIN":  n.AddPIN("x", []byte("1234")),
		"eight-byte key":  n.AddKey("x", []byte("12345678")),
		"all-equal bytes": n.AddKey("x", make([]byte, 16)),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "4111") {
			t.Errorf("%s: error quotes the canary", name)
		}
	}
	if n.Len() != 0 {
		t.Errorf("refused canaries left %d needles", n.Len())
	}
}

// expectFound plants each form at every place modulo the widest stride and
// expects it by name, and nothing where one byte of it was changed.
func expectFound(t *testing.T, add func(*Needles) error, kind Kind, forms []planted) {
	t.Helper()
	var n Needles
	must(t, add(&n))
	m := n.Compile()
	for _, p := range forms {
		for lead := range 9 {
			text := append(bytes.Repeat([]byte{0xEE}, lead), p.bytes...)
			text = append(text, 0xEE)
			if !contains(m, text, kind, p.encoding) {
				t.Errorf("%s, %d bytes in: not found as %q", p.name, lead, p.encoding)
			}
		}
		if spoiled := spoil(p.bytes); contains(m, spoiled, kind, p.encoding) {
			t.Errorf("%s: found although a byte differs", p.name)
		}
	}
}

func contains(m *Matcher, text []byte, kind Kind, encoding string) bool {
	found := false
	m.Search(text, 0, func(f Match) {
		found = found || f.ID == "canary" && f.Kind == kind && f.Encoding == encoding
	})
	return found
}

func spoil(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)/2] ^= 0x11
	return b
}

func wide(s string, order binary.AppendByteOrder) []byte {
	var b []byte
	for _, c := range []byte(s) {
		b = order.AppendUint16(b, uint16(c))
	}
	return b
}

func fromHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
