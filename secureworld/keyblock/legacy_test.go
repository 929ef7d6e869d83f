package keyblock

import (
	"crypto/rand"
	"errors"
	"testing"
)

// The header is authentic whatever it says: it is the version that may not be used
// for anything but a TDES key.
func TestVersionBBringsInTDESKeysAndNothingElse(t *testing.T) {
	kbpk := pattern(24)
	for _, algorithm := range []byte(algorithms) {
		h := aesPIN()
		h.Version, h.Algorithm = 'B', algorithm
		block, err := withB.Wrap(kbpk, h, pattern(16), rand.Reader)
		if algorithm == 'T' {
			if err != nil {
				t.Fatal(err)
			}
			if _, n, err := withB.Unwrap(kbpk, block, make([]byte, 32)); err != nil || n != 16 {
				t.Errorf("a TDES key: %v", err)
			}
			continue
		}
		if !errors.Is(err, ErrLegacy) {
			t.Errorf("%c is wrapped: %v", algorithm, err)
		}
		if _, _, err := withB.Unwrap(kbpk, forged(t, kbpk, h), make([]byte, 64)); !errors.Is(err, ErrLegacy) {
			t.Errorf("%c is opened: %v", algorithm, err)
		}
	}
}

// forged is what a module makes that does not keep the rule.
func forged(t *testing.T, kbpk []byte, h Header) []byte {
	t.Helper()
	const payload = 32
	header, err := h.encode(payload)
	if err != nil {
		t.Fatal(err)
	}
	w := newWork(&h, make([]byte, Room), payload)
	w.payload[1] = 128
	if err := w.seal(kbpk, header); err != nil {
		t.Fatal(err)
	}
	return appendHex(appendHex(header, w.payload), w.mac)
}
