package leak

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"strings"
	"unicode/utf16"

	"github.com/strongroom-pos/strongroom/internal/scan"
)

// written is a way to write a canary down.
type written struct {
	name   string
	kind   scan.Kind
	as     []string
	write  func([]byte) []byte
	member bool
}

func panForms() []written {
	pan := func(name, as string, write func(string) []byte) written {
		return written{name: name, kind: scan.KindPAN, as: []string{as}, write: func(b []byte) []byte { return write(string(b)) }}
	}
	list := []written{
		pan("ASCII", "ascii", func(s string) []byte { return []byte("pan=" + s + ";") }),
		pan("ASCII, spaced", "ascii, spaced", func(s string) []byte { return []byte(s[:4] + " " + s[4:8] + " " + s[8:12] + " " + s[12:]) }),
		pan("ASCII, dashed", "ascii, dashed", func(s string) []byte { return []byte(s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]) }),
		pan("ASCII, reversed", "ascii, reversed", func(s string) []byte { return []byte(backwards(s)) }),
		pan("JSON string", "ascii", jsonObject),
		pan("UTF-16, little endian", "utf16", func(s string) []byte { return wide(s, binary.LittleEndian) }),
		pan("UTF-16, big endian", "utf16", func(s string) []byte { return wide(s, binary.BigEndian) }),
		pan("UTF-32", "utf32", func(s string) []byte {
			return []byte(strings.Join(strings.Split(s, ""), "\x00\x00\x00") + "\x00\x00\x00")
		}),
		pan("EBCDIC", "ebcdic", func(s string) []byte { return hexed("F" + strings.Join(strings.Split(s, ""), "F")) }),
		pan("digit values", "digit values", func(s string) []byte { return hexed("0" + strings.Join(strings.Split(s, ""), "0")) }),
		pan("packed BCD", "bcd", func(s string) []byte { return hexed("C1" + s + "C2") }),
		pan("packed BCD, odd half byte", "bcd, odd half", func(s string) []byte { return hexed("C" + s + "C") }),
		pan("tag 5A", "bcd", func(s string) []byte { return hexed("5A08" + s + "5F24") }),
		pan("hexadecimal of BCD", "ascii", func(s string) []byte { return []byte("5A08" + s) }),
		pan("hexadecimal of ASCII", "hex of ascii", func(s string) []byte { return []byte(hex.EncodeToString([]byte(s))) }),
		pan("integer, little endian", "uint64, little endian", func(s string) []byte { return integer(s, true) }),
		pan("integer, big endian", "uint64, big endian", func(s string) []byte { return integer(s, false) }),
		pan("SHA-256 without a key", "sha256", func(s string) []byte { d := sha256.Sum256([]byte(s)); return d[:] }),
		pan("SHA-256 in hexadecimal", "sha256, hex lower", func(s string) []byte { return fmt.Appendf(nil, "%x", sha256.Sum256([]byte(s))) }),
	}
	for phase := range 3 {
		list = append(list,
			pan(fmt.Sprintf("base64, phase %d", phase), "base64", func(s string) []byte {
				return []byte(base64.StdEncoding.EncodeToString([]byte("xyz"[:phase] + s + "!")))
			}),
			written{
				name: fmt.Sprintf("base64url of BCD, phase %d", phase), kind: scan.KindPAN, as: []string{"base64 of bcd", "base64 of bcdurl"},
				write: func(b []byte) []byte {
					return []byte(base64.URLEncoding.EncodeToString(append([]byte("xyz"[:phase]), append(hexed(string(b)), '!')...)))
				},
			})
	}
	compressed := []written{pan("gzip member", "ascii", gzipped), pan("zip member", "ascii", zipped)}
	for i := range compressed {
		compressed[i].member = true
	}
	return append(list, compressed...)
}

func trackForms() []written {
	track := func(name string, as string, write func(string) []byte) written {
		return written{name: name, kind: scan.KindTrack2, as: []string{as}, write: func(b []byte) []byte { return write(string(b)) }}
	}
	return []written{
		track("track 2 as text", "ascii with =", func(s string) []byte { return []byte(";" + s + "?") }),
		track("tag 57", "bcd", func(s string) []byte {
			nibbles := strings.Replace(s, "=", "D", 1)
			if len(nibbles)%2 == 1 {
				nibbles += "F"
			}
			return append([]byte{0x57, byte(len(nibbles) / 2)}, hexed(nibbles)...)
		}),
		track("tag 57 in hexadecimal", "ascii with D", func(s string) []byte { return []byte("57" + strings.Replace(s, "=", "D", 1)) }),
	}
}

func pinForms() []written {
	pin := func(name, as string, write func(string) []byte) written {
		return written{name: name, kind: scan.KindPIN, as: []string{as}, write: func(b []byte) []byte { return write(string(b)) }}
	}
	return []written{
		pin("PIN, ASCII", "ascii", func(s string) []byte { return []byte("pin=" + s) }),
		pin("PIN, packed BCD", "bcd", func(s string) []byte { return hexed("C1" + s + "C2") }),
		pin("clear PIN field, ISO 9564-1 format 4", "ISO 9564-1 format 4 field", func(s string) []byte { return hexed("4C" + s + "AAAA" + "0123456789ABCDEF") }),
	}
}

func keyForms() []written {
	key := func(name string, as []string, write func([]byte) []byte) written {
		return written{name: name, kind: scan.KindKey, as: as, write: write}
	}
	return []written{
		key("key, raw", []string{"raw"}, bytes.Clone),
		key("key, hexadecimal", []string{"hex, upper"}, func(b []byte) []byte { return fmt.Appendf(nil, "%X", b) }),
		key("key, base64", []string{"base64"}, func(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }),
	}
}

func backwards(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[len(s)-1-i])
	}
	return b.String()
}

func jsonObject(s string) []byte {
	b, err := json.Marshal(map[string]string{"card": "x", "pan": s})
	if err != nil {
		panic("leak: internal error: " + err.Error())
	}
	return b
}

func wide(s string, order binary.AppendByteOrder) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

// hexed is for the digits of a canary, which are always hexadecimal.
func hexed(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic("leak: internal error: a form of odd length")
	}
	return b
}

func integer(s string, little bool) []byte {
	v, ok := new(big.Int).SetString(s, 10)
	if !ok {
		panic("leak: internal error: a canary that is no number")
	}
	b := v.FillBytes(make([]byte, 8))
	if little {
		for i, j := 0, 7; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
	}
	return b
}

func gzipped(s string) []byte {
	var b bytes.Buffer
	return closed(&b, gzip.NewWriter(&b), s)
}

func zipped(s string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("careless.log")
	if err != nil {
		panic("leak: internal error: " + err.Error())
	}
	_, _ = io.WriteString(w, filler(s)) // into memory
	_ = z.Close()
	return b.Bytes()
}

func closed(b *bytes.Buffer, w io.WriteCloser, s string) []byte {
	_, _ = io.WriteString(w, filler(s)) // into memory
	_ = w.Close()
	return b.Bytes()
}

// filler repeats words, so that the canary is really compressed.
func filler(s string) string {
	return strings.Repeat("level=INFO msg=\"card read\" ", 20) + "pan=" + s + "\n"
}
