package call

import (
	"bytes"
	"testing"
)

func TestLabelsAreBounded(t *testing.T) {
	for n, want := range map[int]bool{0: false, 1: true, MaxLabel: true, MaxLabel + 1: false} {
		if _, ok := Append(nil, make([]byte, n), nil); ok != want {
			t.Errorf("%d bytes: %v", n, ok)
		}
		if _, ok := AppendSeal(nil, make([]byte, n), nil, nil); ok != want {
			t.Errorf("sealing, %d bytes: %v", n, ok)
		}
	}
	if _, ok := AppendSeal(nil, []byte("l"), make([]byte, 1<<16), nil); ok {
		t.Error("associated data of a length that has no form")
	}
}

func FuzzCanonicalCall(f *testing.F) {
	f.Add([]byte("\x01ldata"))
	f.Add([]byte("\x05label\x00\x02adtext"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if label, data, ok := Parse(b); ok {
			if again, ok := Append(nil, label, data); !ok || !bytes.Equal(again, b) {
				t.Fatalf("%x became %x", b, again)
			}
		}
		if label, associated, text, ok := ParseSeal(b); ok {
			if again, ok := AppendSeal(nil, label, associated, text); !ok || !bytes.Equal(again, b) {
				t.Fatalf("%x became %x", b, again)
			}
		}
	})
}
