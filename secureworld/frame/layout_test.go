package frame

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"
)

type colour uint8

func (c colour) Valid() bool { return c < 3 }

type inner struct {
	Tag [3]byte
	OK  bool
}

// sample has a field of every kind that a message may have.
type sample struct {
	A     uint8
	B     uint16
	C     uint32
	D     uint64
	E     int64
	In    inner
	Paint colour
	Tail  []byte `max:"4"`
}

func full() sample {
	return sample{1, 2, 3, 4, -5, inner{[3]byte{6, 7, 8}, true}, 2, []byte{9, 10}}
}

const fullHex = "01" + "0002" + "00000003" + "0000000000000004" + "fffffffffffffffb" + "06070801" + "02" + "0002090a"

func TestTheLayoutIsFixed(t *testing.T) {
	got, err := Append(nil, full())
	if err != nil || hex.EncodeToString(got) != fullHex {
		t.Fatalf("%x, %v", got, err)
	}
	var back sample
	if err := Parse(got, &back); err != nil || !reflect.DeepEqual(back, full()) {
		t.Fatalf("%+v, %v", back, err)
	}
}

func TestEveryOtherLengthIsRefused(t *testing.T) {
	body, _ := hex.DecodeString(fullHex)
	for n := range body {
		if err := Parse(body[:n], &sample{}); !errors.Is(err, ErrLayout) {
			t.Errorf("%d of %d bytes: %v", n, len(body), err)
		}
	}
	if err := Parse(append(body, 0), &sample{}); !errors.Is(err, ErrLayout) {
		t.Errorf("one byte more: %v", err)
	}
}

func TestValuesOutOfRangeAreRefused(t *testing.T) {
	good, _ := hex.DecodeString(fullHex)
	for name, change := range map[string]struct {
		at    int
		value byte
		want  error
	}{
		"a boolean that is neither": {26, 2, ErrValue},
		"an unknown enumeration":    {27, 3, ErrValue},
		"a slice over its limit":    {29, 5, ErrTooLong},
		"a slice past the end":      {29, 3, ErrLayout},
	} {
		body := bytes.Clone(good)
		body[change.at] = change.value
		if err := Parse(body, &sample{}); !errors.Is(err, change.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Parse(good, &sample{}); err != nil {
		t.Errorf("the unchanged body: %v", err)
	}
}

func TestASliceOverItsLimitIsNotSent(t *testing.T) {
	s := full()
	s.Tail = make([]byte, 5)
	if _, err := Append(nil, s); !errors.Is(err, ErrTooLong) {
		t.Fatal(err)
	}
	if _, err := Append(nil, struct{ Unlimited []byte }{[]byte{1}}); !errors.Is(err, ErrTooLong) {
		t.Fatalf("a slice without a limit: %v", err)
	}
}

func TestSlicesAreCopies(t *testing.T) {
	body, _ := hex.DecodeString(fullHex)
	var s sample
	if err := Parse(body, &s); err != nil {
		t.Fatal(err)
	}
	clear(body)
	if !bytes.Equal(s.Tail, []byte{9, 10}) {
		t.Fatal("the message changed with the buffer that it was parsed from")
	}
}

func FuzzCanonicalLayout(f *testing.F) {
	seed, _ := hex.DecodeString(fullHex)
	f.Add(seed)
	f.Fuzz(func(t *testing.T, body []byte) {
		var s sample
		if Parse(body, &s) != nil {
			return
		}
		if again, err := Append(nil, &s); err != nil || !bytes.Equal(again, body) {
			t.Fatalf("%x became %x, %v", body, again, err)
		}
	})
}
