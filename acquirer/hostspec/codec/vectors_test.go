package codec

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/prefix"
)

type vectors struct {
	Profiles map[string]struct{ Fields map[string]string }
	Messages []struct {
		Name, Profile, Message string
		Fields                 map[string]string
	}
	Reject []struct{ What, Message string }
}

// TestPublishedMessagesComeBack holds the library, with the encoders of this
// package, to messages that other implementations published.
func TestPublishedMessagesComeBack(t *testing.T) {
	v, ok := loadOrFail(t)
	if !ok {
		return
	}
	for _, m := range v.Messages {
		spec := profileSpec(v.Profiles[m.Profile].Fields, m.Profile)
		raw, _ := hex.DecodeString(m.Message)
		msg := iso8583.NewMessage(spec)
		if err := msg.Unpack(raw); err != nil {
			t.Errorf("%s: does not unpack", m.Name)
			continue
		}
		for number, want := range m.Fields {
			n, _ := strconv.Atoi(number)
			if got, _ := msg.GetBytes(n); !sameValue(got, want) {
				t.Errorf("%s: DE %d differs", m.Name, n)
			}
		}
		if again, err := msg.Pack(); err != nil || hex.EncodeToString(again) != strings.ToLower(m.Message) {
			t.Errorf("%s: packs to other bytes", m.Name)
		}
	}
}

func TestPublishedBadMessagesAreRefused(t *testing.T) {
	v, ok := loadOrFail(t)
	if !ok {
		return
	}
	c := New()
	for _, r := range v.Reject {
		raw, _ := hex.DecodeString(r.Message)
		if _, err := c.Unpack(raw); err == nil {
			t.Errorf("%s: accepted", r.What)
		}
	}
	for _, m := range v.Messages { // DE 2, 35 and others are not of this link
		raw, _ := hex.DecodeString(m.Message)
		if _, err := c.Unpack(raw); err == nil {
			t.Errorf("%s: a message with account data in clear was accepted", m.Name)
		}
	}
}

// sameValue compares with a value that is text, or hex where it is binary.
func sameValue(got []byte, want string) bool {
	return string(got) == want || strings.EqualFold(hex.EncodeToString(got), want)
}

func profileSpec(formats map[string]string, profile string) *iso8583.MessageSpec {
	binary := strings.HasSuffix(profile, "bcd")
	enc := encoding.Encoder(encoding.BytesToASCIIHex)
	if binary {
		enc = encoding.Binary
	}
	fields := map[int]field.Field{1: field.NewBitmap(field.NewSpec(8, "", enc, prefix.Hex.Fixed))}
	if binary {
		fields[1] = field.NewBitmap(field.NewSpec(8, "", enc, prefix.Binary.Fixed))
	}
	for number, format := range formats {
		n, _ := strconv.Atoi(number)
		fields[n] = field.NewBinary(formatSpec(strings.Fields(format), profile))
	}
	return &iso8583.MessageSpec{Fields: fields}
}

// formatSpec reads "LL n 19": an optional length prefix, a kind, a length.
// The 1993 BCD messages pad every odd number on the right, against what their
// file says of fixed fields.
func formatSpec(words []string, profile string) *field.Spec {
	binary := strings.HasSuffix(profile, "bcd")
	varying := len(words) == 3
	digits := 0
	if varying {
		digits = len(words[0])
		words = words[1:]
	}
	length, _ := strconv.Atoi(words[1])
	spec := field.NewSpec(length, "", encoding.Binary, prefixOf(digits, binary))
	switch {
	case words[0] == "n" && binary && (varying || profile == "1993-bcd"):
		spec.Enc = rightPadded{}
	case words[0] == "n" && binary:
		spec.Enc = bcd{}
	case words[0] == "x+n" && binary:
		spec.Enc = signed{}
	case words[0] == "b" && !binary && !varying:
		spec.Enc = encoding.BytesToASCIIHex
	}
	return spec
}

func prefixOf(digits int, binary bool) prefix.Prefixer {
	switch {
	case digits == 0:
		return prefix.Binary.Fixed
	case digits == 3 && binary:
		return lll{}
	case digits == 3:
		return prefix.ASCII.LLL
	case binary:
		return prefix.BCD.LL
	}
	return prefix.ASCII.LL
}

// rightPadded is BCD of the profile's varying fields: padded on the right, with
// the separator of track 2 as D.
type rightPadded struct{}

func (rightPadded) Encode(b []byte) ([]byte, error) {
	s := strings.ReplaceAll(string(b), "=", "D")
	return hex.DecodeString(s + strings.Repeat("0", len(s)%2))
}

func (rightPadded) Decode(b []byte, n int) ([]byte, int, error) {
	size := (n + 1) / 2
	if size > len(b) {
		return nil, 0, errShort
	}
	s := strings.ReplaceAll(strings.ToUpper(hex.EncodeToString(b[:size])), "D", "=")
	return []byte(s[:n]), size, nil
}

// signed is a sign character and digits.
type signed struct{}

func (signed) Encode(b []byte) ([]byte, error) {
	digits, err := bcd{}.Encode(b[1:])
	return append([]byte{b[0]}, digits...), err
}

func (signed) Decode(b []byte, n int) ([]byte, int, error) {
	if len(b) == 0 {
		return nil, 0, errShort
	}
	digits, read, err := bcd{}.Decode(b[1:], n-1)
	return append([]byte{b[0]}, digits...), read + 1, err
}

func loadOrFail(t *testing.T) (v vectors, ok bool) {
	t.Helper()
	dir, _ := os.Getwd()
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "..", "shared", "vectors", "iso8583.json"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the published vectors are missing")
		}
		t.Log("LEFT OUT: the published vectors are not on this machine")
		return v, false
	}
	if err := json.Unmarshal(b, &v); err != nil || len(v.Messages) == 0 {
		t.Fatal("the published vectors cannot be read")
	}
	return v, true
}
