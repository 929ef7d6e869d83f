package keyblock

import (
	"bytes"
	"crypto/rand"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestHeadersThatNobodyAgreedOnAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Header){
		"usage":           func(h *Header) { h.Usage = "Z9" },
		"usage length":    func(h *Header) { h.Usage = "P" },
		"numeric usage":   func(h *Header) { h.Usage = "10" },
		"algorithm":       func(h *Header) { h.Algorithm = 'Q' },
		"mode":            func(h *Header) { h.Mode = 'e' },
		"key version":     func(h *Header) { h.KeyVersion = "0 " },
		"version length":  func(h *Header) { h.KeyVersion = "000" },
		"exportability":   func(h *Header) { h.Exportability = 'X' },
		"block version":   func(h *Header) { h.Version = 'F' },
		"no version":      func(h *Header) { h.Version = 0 },
		"option id":       func(h *Header) { h.Optional = []OptionalBlock{{"lb", ""}} },
		"option id size":  func(h *Header) { h.Optional = []OptionalBlock{{"LBL", ""}} },
		"option data":     func(h *Header) { h.Optional = []OptionalBlock{{"LB", "\n"}} },
		"repeated option": func(h *Header) { h.Optional = []OptionalBlock{{"LB", "a"}, {"LB", "b"}} },
		"KS characters":   func(h *Header) { h.Optional = []OptionalBlock{{"KS", "00604B120F929280000Z"}} },
		"IK length":       func(h *Header) { h.Optional = []OptionalBlock{{"IK", "12345678901234"}} },
		"padding first": func(h *Header) {
			h.Optional = []OptionalBlock{{"PB", strings.Repeat("0", 12)}, {"LB", strings.Repeat("0", 12)}}
		},
		"padding short": func(h *Header) { h.Optional = []OptionalBlock{{"PB", "0"}} },
		"padding long":  func(h *Header) { h.Optional = []OptionalBlock{{"PB", strings.Repeat("0", 28)}} },
		"too long":      func(h *Header) { h.Optional = []OptionalBlock{{"CT", strings.Repeat("0", 9900)}} },
	} {
		h := aesPIN()
		change(&h)
		if block, err := Wrap(pattern(32), h, pattern(32), rand.Reader); err == nil {
			t.Errorf("%s: %s", name, block)
		}
	}
}

func TestOptionalBlocksOfEveryLengthComeBack(t *testing.T) {
	for _, n := range []int{0, 1, 11, 12, 13, 250, 251, 252, 253, 300, 4000} {
		h := aesPIN()
		h.Optional = []OptionalBlock{{"CT", strings.Repeat("x", n)}, {"IK", "1234567890ABCDEF"}}
		block, err := Wrap(pattern(32), h, pattern(32), rand.Reader)
		if err != nil {
			t.Fatal(n, err)
		}
		got, size, err := Unwrap(pattern(32), block, make([]byte, 32))
		if err != nil || size != 32 || !reflect.DeepEqual(got.Optional[:2], h.Optional) {
			t.Errorf("%d characters: %v", n, err)
		}
		if again, err := Wrap(pattern(32), got, pattern(32), rand.Reader); err != nil || !sameHeader(again, block) {
			t.Errorf("%d characters: the padded header does not come out the same: %v", n, err)
		}
	}
}

func sameHeader(a, b []byte) bool {
	_, n, err := withB.parse(a)
	_, m, err2 := withB.parse(b)
	return err == nil && err2 == nil && n == m && bytes.Equal(a[:n], b[:m])
}

// Each of these is a second way to write what has one already, or a trap in
// parsers of others.
func TestHeadersWithASecondEncodingAreRefused(t *testing.T) {
	rest := strings.Repeat("0", 96+32)
	good := "D0176P0AE00N0200LB04LC0C01234567" // no padding needed: 32 characters
	if _, err := Parse([]byte(resized(good + rest))); err != nil {
		t.Fatalf("control: %v", err)
	}
	for name, header := range map[string]string{
		"lower-case length":   "D0176P0AE00N0200LB04LC0c01234567",
		"long form, short":    "D0176P0AE00N0100LB0004001001234567890123"[:32],
		"length below head":   "D0176P0AE00N0200LB03LC0D01234567",
		"length 1":            "D0176P0AE00N0100LB01LC0C01234567",
		"count too small":     "D0176P0AE00N0100LB04LC0C01234567",
		"count too large":     "D0176P0AE00N9900LB04LC0C01234567",
		"count not decimal":   "D0176P0AE00N0A00LB04LC0C01234567",
		"reserved":            "D0176P0AE00N0201LB04LC0C01234567",
		"sign in length":      "D+160P0AE00N0200LB04LC0C01234567",
		"repeated":            "D0176P0AE00N0200LB04LB0C01234567",
		"long marker 02":      "D0176P0AE00N0100LB00021001234567",
		"option past the end": "D0176P0AE00N0100LBFF0123456789AB",
	} {
		block := header + rest
		if !strings.Contains(name, "sign") {
			block = resized(block)
		}
		if _, err := Parse([]byte(block)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func resized(block string) string { return string(resize([]byte(block), len(block))) }

func TestBlocksWithNothingInsideAreRefusedWithoutPanic(t *testing.T) {
	for _, block := range []string{"", "D", "B0012P0", "D0016P0AE00E0000", "D0048P0AE00E0000" + strings.Repeat("0", 32), strings.Repeat("D", 10000)} {
		if _, _, err := withB.Unwrap(pattern(24), []byte(block), nil); err == nil {
			t.Errorf("%d characters: accepted", len(block))
		}
	}
}

// The policy is decided before the length, the header or a key is looked at.
func TestPolicyComesFirst(t *testing.T) {
	for _, v := range []byte("ACEBFd") {
		if _, _, err := Unwrap(nil, append([]byte{v}, make([]byte, 60)...), nil); !errors.Is(err, ErrPolicy) {
			t.Errorf("version %c: %v", v, err)
		}
	}
}

func FuzzCanonicalHeader(f *testing.F) {
	v := loadPublished(f)
	for _, b := range v.Valid {
		f.Add([]byte(b.Block))
	}
	for _, b := range v.Invalid {
		f.Add([]byte(b.Block))
	}
	f.Add([]byte("B0012P0"))
	f.Fuzz(func(t *testing.T, block []byte) {
		h, n, err := withB.parse(block)
		if err != nil {
			return
		}
		payload := (len(block)-n)/2 - h.blockSize()
		if again, err := h.encode(payload); err != nil || !bytes.Equal(again, block[:n]) {
			t.Errorf("%q becomes %q, %v", block[:n], again, err)
		}
		dst := make([]byte, 64)
		if _, _, err := withB.Unwrap(pattern(24), block, dst); err == nil {
			t.Error("a block is authentic under a key that never made one")
		}
	})
}
