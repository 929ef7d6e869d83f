package call

import (
	"bytes"
	"testing"
)

func TestEveryFunctionHasItsParts(t *testing.T) {
	for fn := FnGenerate; fn < FnEnd; fn++ {
		parts := make([][]byte, Parts(fn))
		for i := range parts {
			parts[i] = bytes.Repeat([]byte{byte(i + 1)}, i+1)
		}
		b := Append(nil, Head{Handle: 7, Algorithm: AES256GCM, Usage: Encrypt, Flags: Persistent}, parts...)
		h, got, code := Parse(fn, b)
		if code != OK || h.Handle != 7 || h.Algorithm != AES256GCM || h.Usage != Encrypt || h.Flags != Persistent || len(got) != len(parts) {
			t.Fatalf("function %d: %+v, %d parts, %v", fn, h, len(got), code)
		}
		for i := range parts {
			if !bytes.Equal(got[i], parts[i]) {
				t.Errorf("function %d: part %d is %x", fn, i, got[i])
			}
		}
		if _, _, code := Parse(fn, append(b, 0)); code == OK {
			t.Errorf("function %d: a byte behind it is accepted", fn)
		}
	}
	if Parts(FnGenerate-1) != -1 || Parts(FnEnd) != -1 {
		t.Error("a function that is none has parts")
	}
}

func TestEveryAlgorithmAndCodeHasAName(t *testing.T) {
	seen := map[string]bool{}
	for a := AlgorithmNone; a <= AlgorithmEnd; a++ {
		if seen[a.String()] || a.Valid() != (a != AlgorithmNone && a != AlgorithmEnd) {
			t.Errorf("%d is called %q", a, a)
		}
		seen[a.String()] = true
	}
	for a := SHA256; a < HashEnd; a++ {
		if seen[a.String()] || a.Valid() {
			t.Errorf("%d is called %q", a, a)
		}
		seen[a.String()] = true
	}
	for _, c := range Codes() {
		if seen[c.String()] || c.String() == "unknown" {
			t.Errorf("%d is called %q", c, c)
		}
		seen[c.String()] = true
	}
	if (CodeInternal-1).String() != "unknown" || OK.String() != "ok" {
		t.Error("a code that is none has a name")
	}
}

func FuzzCanonicalRequest(f *testing.F) {
	for fn := FnGenerate; fn < FnEnd; fn++ {
		f.Add(fn, Append(nil, Head{Handle: 1}, make([][]byte, Parts(fn))...))
	}
	f.Fuzz(func(t *testing.T, fn uint32, b []byte) {
		h, parts, code := Parse(fn, b)
		if code != OK {
			return
		}
		if again := Append(nil, h, parts...); !bytes.Equal(again, b) {
			t.Fatalf("function %d: %x became %x", fn, b, again)
		}
	})
}
