package orderauth

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"testing"
)

func block(t testing.TB, fill byte) cipher.Block {
	t.Helper()
	b, err := aes.NewCipher(bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	reader = DeviceID{1, 2, 3, 4, 5, 6, 7, 8}
	nonce  = Nonce{9, 9, 9}
)

func pair(t testing.TB) (kernel, device *Session) {
	b := block(t, 0x11)
	return NewSession(b, DoorSRED, reader, nonce), NewSession(b, DoorSRED, reader, nonce)
}

func TestOrdersInSequenceAreTaken(t *testing.T) {
	kernel, device := pair(t)
	for _, body := range [][]byte{[]byte("one"), {}, []byte("three")} {
		got, err := device.Open(0x82, kernel.Seal(0x82, bytes.Clone(body)))
		if err != nil || !bytes.Equal(got, body) {
			t.Fatalf("%q: %q, %v", body, got, err)
		}
	}
}

// The tag was computed with another implementation of AES-CMAC (OpenSSL's
// "mac" command) over the input that the package comment draws.
func TestTheAuthenticatedBytesAreThoseOfTheContract(t *testing.T) {
	kernel, _ := pair(t)
	sealed := kernel.Seal(0x82, []byte("body"))
	if got := hex.EncodeToString(sealed[4:]); got != "b88afdee1bd5d3216638a0847f509047" {
		t.Fatal(got)
	}
}

func TestWhatIsNotTheNextOrderIsRefused(t *testing.T) {
	b := block(t, 0x11)
	for name, c := range map[string]struct {
		from *Session
		kind byte
		bend func([]byte) []byte
	}{
		"another key":          {NewSession(block(t, 0x22), DoorSRED, reader, nonce), 0x82, nil},
		"the other door":       {NewSession(b, DoorPINEntry, reader, nonce), 0x82, nil},
		"another device":       {NewSession(b, DoorSRED, DeviceID{8}, nonce), 0x82, nil},
		"another session":      {NewSession(b, DoorSRED, reader, Nonce{1}), 0x82, nil},
		"another kind":         {NewSession(b, DoorSRED, reader, nonce), 0x85, nil},
		"a later order":        {skipped(NewSession(b, DoorSRED, reader, nonce)), 0x82, nil},
		"a changed byte":       {NewSession(b, DoorSRED, reader, nonce), 0x82, func(s []byte) []byte { s[0] ^= 1; return s }},
		"a changed tag":        {NewSession(b, DoorSRED, reader, nonce), 0x82, func(s []byte) []byte { s[len(s)-1] ^= 1; return s }},
		"a tag cut by a byte":  {NewSession(b, DoorSRED, reader, nonce), 0x82, func(s []byte) []byte { return s[:len(s)-1] }},
		"less than a tag":      {NewSession(b, DoorSRED, reader, nonce), 0x82, func(s []byte) []byte { return s[:TagSize-1] }},
		"nothing":              {NewSession(b, DoorSRED, reader, nonce), 0x82, func([]byte) []byte { return nil }},
		"a byte behind":        {NewSession(b, DoorSRED, reader, nonce), 0x82, func(s []byte) []byte { return append(s, 0) }},
		"a tag of zeros":       {NewSession(b, DoorSRED, reader, nonce), 0x82, func(s []byte) []byte { clear(s[len(s)-TagSize:]); return s }},
		"the body moved a bit": {NewSession(b, DoorSRED, reader, nonce), 0x82, func(s []byte) []byte { return append([]byte{0}, s...) }},
	} {
		sealed := c.from.Seal(c.kind, []byte("amount"))
		if c.bend != nil {
			sealed = c.bend(sealed)
		}
		if _, err := NewSession(b, DoorSRED, reader, nonce).Open(0x82, sealed); !errors.Is(err, ErrOrder) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func skipped(s *Session) *Session {
	s.Seal(0x82, nil)
	return s
}

func TestAReplayedOrderIsRefused(t *testing.T) {
	kernel, device := pair(t)
	sealed := kernel.Seal(0x82, []byte("sale"))
	if _, err := device.Open(0x82, bytes.Clone(sealed)); err != nil {
		t.Fatal(err)
	}
	if _, err := device.Open(0x82, sealed); !errors.Is(err, ErrOrder) {
		t.Fatalf("taken twice: %v", err)
	}
}

func FuzzCanonicalOrder(f *testing.F) {
	kernel, _ := pair(f)
	f.Add(kernel.Seal(0x82, []byte("seed")))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		kernel, device := pair(t)
		body, err := device.Open(0x82, sealed)
		if err != nil {
			return
		}
		if again := kernel.Seal(0x82, bytes.Clone(body)); !bytes.Equal(again, sealed) {
			t.Fatalf("%x became %x", sealed, again)
		}
	})
}
