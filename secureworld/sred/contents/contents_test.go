package contents

import (
	"bytes"
	"errors"
	"testing"
)

func TestWhatIsPackedIsUnpacked(t *testing.T) {
	buf := bytes.Repeat([]byte{0xee}, SealedSize) // what lay there before must not show
	plain, err := Pack(buf, []byte("account"), []byte("emv"))
	if err != nil || len(plain) != Size {
		t.Fatalf("%d bytes, %v", len(plain), err)
	}
	account, emv, err := Unpack(plain)
	if err != nil || string(account) != "account" || string(emv) != "emv" {
		t.Fatalf("%q %q %v", account, emv, err)
	}
}

func TestWhatDoesNotFitIsNotPacked(t *testing.T) {
	room := make([]byte, SealedSize)
	if _, err := Pack(room, make([]byte, 500), make([]byte, Size-4-500)); err != nil {
		t.Fatalf("what just fits: %v", err)
	}
	if _, err := Pack(room, make([]byte, 500), make([]byte, Size-3-500)); !errors.Is(err, ErrContents) {
		t.Errorf("one byte too many: %v", err)
	}
	if _, err := Pack(room[:0:Size], nil, nil); !errors.Is(err, ErrContents) {
		t.Errorf("no room for the tag: %v", err)
	}
}

func TestPlaintextsOfAnotherFormAreRefused(t *testing.T) {
	form := func(change func(b []byte)) []byte {
		b := make([]byte, Size)
		change(b)
		return b
	}
	for name, b := range map[string][]byte{
		"too short":                  make([]byte, Size-1),
		"too long":                   make([]byte, Size+1),
		"account past the end":       form(func(b []byte) { b[0] = 0xff }),
		"no room for the other part": form(func(b []byte) { b[0], b[1] = 0x03, 0xfe }),
		"emv past the end":           form(func(b []byte) { b[2] = 0xff }),
		"bytes behind":               form(func(b []byte) { b[Size-1] = 1 }),
	} {
		if _, _, err := Unpack(b); !errors.Is(err, ErrContents) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := Unpack(make([]byte, Size)); err != nil {
		t.Errorf("two empty parts: %v", err)
	}
}

func FuzzCanonicalContents(f *testing.F) {
	seed, _ := Pack(make([]byte, SealedSize), []byte("account"), []byte("emv"))
	f.Add(seed)
	f.Fuzz(func(t *testing.T, b []byte) {
		account, emv, err := Unpack(b)
		if err != nil {
			return
		}
		if again, err := Pack(make([]byte, SealedSize), account, emv); err != nil || !bytes.Equal(again, b) {
			t.Fatal("unpacked and packed to something else")
		}
	})
}
