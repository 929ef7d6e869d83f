package tlv

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFindGoesOnAfterTheFirstConstructedChild(t *testing.T) {
	l, err := Parse(unhex(t, "6F0CA504500241428801018401"+"9A"+"870102"))
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[Tag]string{0x50: "4142", 0x88: "01", 0x84: "9A", 0x87: "02"} {
		if v, ok := l.Find(tag); !ok || hex.EncodeToString(v) != strings.ToLower(want) {
			t.Errorf("tag %X: got %X", tag, v)
		}
	}
	if _, ok := l.Find(0x99); ok {
		t.Error("found a tag that is not there")
	}
	if _, ok := l.Top(0x50); ok {
		t.Error("Top found a nested element")
	}
}

func TestCardsMayPadAndLengthen(t *testing.T) {
	loose := unhex(t, "0000"+"70810A"+"00"+"8C820001AA"+"00"+"870105"+"00")
	if _, err := Parse(loose); err == nil {
		t.Fatal("our own doors accepted a second form")
	}
	l, err := ParseCard(loose)
	if err != nil {
		t.Fatal(err)
	}
	if got := AppendList(nil, l); !bytes.Equal(got, unhex(t, "70068C01AA870105")) {
		t.Fatalf("canonical form is %X", got)
	}
}

func TestFFIsATagAndNotPadding(t *testing.T) {
	l, err := ParseCard(unhex(t, "FF810504"+"DF010101"+"5A0111"))
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := l.Find(0xDF01); !ok || v[0] != 1 {
		t.Fatal("what stands inside FF8105 is lost")
	}
	if _, ok := l.Find(0x5A); !ok {
		t.Fatal("what stands behind FF8105 is lost")
	}
	if _, err := ParseCard(unhex(t, "5A0111FFFF")); err == nil {
		t.Fatal("FF was skipped as padding")
	}
}

func TestMalformedDataIsRefused(t *testing.T) {
	deep := []byte{}
	for range maxDepth + 1 {
		deep = Append(nil, 0x70, deep)
	}
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"indefinite length":    {unhex(t, "708050010000"), ErrLength},
		"length of four bytes": {unhex(t, "708400000001AA"), ErrLength},
		"length past the end":  {unhex(t, "5A05AABB"), ErrPastEnd},
		"length cut off":       {unhex(t, "5A8201"), ErrPastEnd},
		"no length":            {unhex(t, "5A"), ErrPastEnd},
		"tag cut off":          {unhex(t, "9F"), ErrTag},
		"tag too long":         {unhex(t, "DF8181818101AA"), ErrTag},
		"too deep":             {deep, ErrTooDeep},
		"too long":             {make([]byte, maxBytes+1), ErrTooLong},
		"too many":             {bytes.Repeat([]byte{0x50, 0x00}, maxElements+1), ErrTooMany},
	} {
		if _, err := Parse(c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: strict said %v", name, err)
		}
		if _, err := ParseCard(c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: lenient said %v", name, err)
		}
	}
	for name, in := range map[string]string{
		"81 form of a short length": "5A810111", "82 form": "5A82000111",
		"padding": "5A011100", "tag with leading zero digits": "9F800101AA",
	} {
		if _, err := Parse(unhex(t, in)); err == nil {
			t.Errorf("%s: our own doors accepted it", name)
		}
	}
}

func TestDepthAndCountAtTheLimitAreAccepted(t *testing.T) {
	deep := []byte{}
	for range maxDepth - 1 {
		deep = Append(nil, 0x70, deep)
	}
	if _, err := Parse(deep); err != nil {
		t.Error(err)
	}
	if _, err := Parse(bytes.Repeat([]byte{0x50, 0x00}, maxElements)); err != nil {
		t.Error(err)
	}
}

func TestSizeIsWhatAppendAdds(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 255, 256, 65535, 65536} {
		for _, tag := range []Tag{0x5A, 0x9F02, 0xFF8105, 0xDF818101} {
			if got := len(Append(nil, tag, make([]byte, n))); got != Size(tag, n) {
				t.Errorf("tag %X, %d bytes: %d written, %d announced", tag, n, got, Size(tag, n))
			}
		}
	}
}

func TestPrimitivesStopWhenTold(t *testing.T) {
	l, err := Parse(unhex(t, "700350015587010588"+"00"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	if l.Primitives(func(Element) bool { seen++; return seen < 2 }) || seen != 2 {
		t.Fatalf("saw %d elements", seen)
	}
}

func FuzzCanonicalTLV(f *testing.F) {
	for _, s := range []string{"", "5A0111", "6F0CA5045002414288010184019A870102", "70810A008C820001AA00870105", "FF810504DF010101", "9F800101AA", "7080"} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := Parse(b); err == nil {
			if got := AppendList(nil, l); !bytes.Equal(got, b) {
				t.Fatalf("parsed %X, encodes as %X", b, got)
			}
			if _, err := ParseCard(b); err != nil {
				t.Fatalf("the lenient reader refuses what the strict one takes: %v", err)
			}
		}
		l, err := ParseCard(b)
		if err != nil {
			return
		}
		once := AppendList(nil, l)
		again, err := ParseCard(once)
		if err != nil || !bytes.Equal(AppendList(nil, again), once) {
			t.Fatalf("the canonical form of %X is not stable", b)
		}
	})
}
