package device

import (
	"bytes"
	"errors"
	"testing"
)

func fullState() *State {
	s := &State{ID: [8]byte{1}, Counter: 7, KeyedCounter: 8, Initial: [8]byte{2}, Keys: []byte("registers"), Had: make([]byte, 16)}
	s.Order[0], s.PAN[1], s.KBPK[2], s.Keyed[3] = 1, 2, 3, 4
	return s
}

func TestDamagedStatesAreRefused(t *testing.T) {
	good, err := fullState().encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decodeState(good); err != nil {
		t.Fatalf("the undamaged state: %v", err)
	}
	for at := range good {
		bad := bytes.Clone(good)
		bad[at] ^= 1
		if _, err := decodeState(bad); !errors.Is(err, ErrState) {
			t.Fatalf("byte %d changed: %v", at, err)
		}
		if _, err := decodeState(good[:at]); !errors.Is(err, ErrState) {
			t.Fatalf("cut at %d: %v", at, err)
		}
	}
}

func FuzzCanonicalState(f *testing.F) {
	seed, err := fullState().encode(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decodeState(b)
		if err != nil {
			return
		}
		if again, err := s.encode(nil); err != nil || !bytes.Equal(again, b) {
			t.Fatal("read and written to something else")
		}
	})
}
