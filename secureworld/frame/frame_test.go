package frame

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	var wire bytes.Buffer
	for _, body := range [][]byte{nil, {0}, bytes.Repeat([]byte{7}, 300)} {
		if err := Write(&wire, 0x42, body); err != nil {
			t.Fatal(err)
		}
		kind, got, err := Read(iotest.OneByteReader(&wire), 300)
		if err != nil || kind != 0x42 || !bytes.Equal(got, body) {
			t.Fatalf("%d bytes: kind %x, %d bytes, %v", len(body), kind, len(got), err)
		}
	}
}

func TestAFrameGoesOutInOneWrite(t *testing.T) {
	w := &counter{}
	if err := Write(w, 1, make([]byte, 100)); err != nil || w.writes != 1 {
		t.Fatalf("%d writes, %v", w.writes, err)
	}
}

type counter struct{ writes int }

func (c *counter) Write(b []byte) (int, error) { c.writes++; return len(b), nil }

func TestFramesBeyondTheRulesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		wire []byte
		want error
	}{
		"another version":     {[]byte{2, 1, 0, 0}, ErrVersion},
		"version zero":        {[]byte{0, 1, 0, 0}, ErrVersion},
		"over the limit":      {[]byte{1, 1, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9}, ErrTooLong},
		"the largest length":  {[]byte{1, 1, 0xff, 0xff}, ErrTooLong},
		"cut in the header":   {[]byte{1, 1, 0}, io.ErrUnexpectedEOF},
		"cut before the body": {[]byte{1, 1, 0, 2}, io.ErrUnexpectedEOF},
		"cut in the body":     {[]byte{1, 1, 0, 2, 9}, io.ErrUnexpectedEOF},
	} {
		if _, _, err := Read(bytes.NewReader(c.wire), 8); !errors.Is(err, c.want) || errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyAStreamThatEndsBetweenFramesEndsCleanly(t *testing.T) {
	if _, _, err := Read(bytes.NewReader(nil), 8); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
}

func TestABodyTooLongForTheHeaderIsNotSent(t *testing.T) {
	if err := Write(io.Discard, 1, make([]byte, MaxBody+1)); !errors.Is(err, ErrTooLong) {
		t.Fatal(err)
	}
}

func FuzzCanonicalFrame(f *testing.F) {
	f.Add([]byte{1, 5, 0, 2, 9, 9})
	f.Add([]byte{1, 5, 0, 0})
	f.Fuzz(func(t *testing.T, wire []byte) {
		kind, body, err := Read(bytes.NewReader(wire), 64)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if Write(&again, kind, body) != nil || !bytes.HasPrefix(wire, again.Bytes()) {
			t.Fatalf("%x became %x", wire, again.Bytes())
		}
	})
}

// TestFramesWithoutBuffersOfTheirOwnAreTheSame holds ReadInto and WriteAnswer to Read
// and Write.
func TestFramesWithoutBuffersOfTheirOwnAreTheSame(t *testing.T) {
	room := make([]byte, 8)
	for n := range 12 {
		body := bytes.Repeat([]byte{7}, n)
		var want, got bytes.Buffer
		if err := Write(&want, 5, body); err != nil {
			t.Fatal(err)
		}
		if err := WriteAnswer(&got, append([]byte{9, 9, 9, 5}, body...)); err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("%d bytes: wrote %x, %v", n, got.Bytes(), err)
		}
		for cut := range want.Len() + 1 {
			k1, b1, err1 := Read(bytes.NewReader(want.Bytes()[:cut]), len(room))
			k2, b2, err2 := ReadInto(bytes.NewReader(want.Bytes()[:cut]), room)
			if k1 != k2 || !bytes.Equal(b1, b2) || fmt.Sprint(err1) != fmt.Sprint(err2) {
				t.Errorf("%d of %d bytes: %v and %v", cut, want.Len(), err1, err2)
			}
		}
	}
	if err := WriteAnswer(io.Discard, make([]byte, MaxBody+5)); !errors.Is(err, ErrTooLong) {
		t.Errorf("a body that no frame holds: %v", err)
	}
}
