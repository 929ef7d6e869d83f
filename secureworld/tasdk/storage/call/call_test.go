package call

import (
	"bytes"
	"testing"
)

func FuzzCanonicalPut(f *testing.F) {
	f.Add(AppendPut(nil, "points", []byte("7")))
	f.Add([]byte{255, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		name, value, ok := ParsePut(b)
		if ok && !bytes.Equal(AppendPut(nil, string(name), value), b) {
			t.Fatalf("%x became another", b)
		}
	})
}

func FuzzList(f *testing.F) {
	f.Add([]byte("\x01a\x02bc"))
	f.Fuzz(func(t *testing.T, b []byte) {
		names, ok := ParseList(b)
		var again []byte
		for _, n := range names {
			again = append(append(again, byte(len(n))), n...)
		}
		if ok && !bytes.Equal(again, b) {
			t.Fatalf("%x became %x", b, again)
		}
	})
}

func TestNamesLeadNowhere(t *testing.T) {
	for name, want := range map[string]bool{"points.1": true, "": false, "a/b": false, "a b": false, "\x00": false, string(make([]byte, 49)): false} {
		if ValidName([]byte(name)) != want {
			t.Errorf("%q", name)
		}
	}
}

func TestEveryCodeHasAName(t *testing.T) {
	for c := CodeNotPermitted; c >= CodeFailed; c-- {
		if c.String() == "unknown" {
			t.Errorf("%d", c)
		}
	}
}
