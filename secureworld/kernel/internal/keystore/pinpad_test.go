package keystore

import (
	"bytes"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// sealsPAN opens what the store seals as a PIN pad does.
func (e *estate) sealsPAN(t testing.TB, s *Store) bool {
	t.Helper()
	pan := make([]byte, pinentry.MaxPAN, pinentry.MaxPAN+tagSize)
	copy(pan, "4761730000000011")
	want := bytes.Clone(pan)
	order, device := pinentry.OrderID(random(16)), orderauth.DeviceID(random(8))
	n, err := s.SealPAN(pan, order, device, 77)
	if err != nil || n != pinentry.MaxPAN+tagSize {
		return false
	}
	key := gcm(t, e.keys[provisioning.KeyPAN])
	got, err := key.Open(nil, pinentry.PANNonce(77), pan[:n], pinentry.PANAAD(order, device))
	if err != nil || !bytes.Equal(got, want) {
		return false
	}
	_, another := key.Open(nil, pinentry.PANNonce(78), pan[:n], pinentry.PANAAD(order, device))
	_, elsewhere := key.Open(nil, pinentry.PANNonce(77), pan[:n], pinentry.PANAAD(order, orderauth.DeviceID{}))
	return another != nil && elsewhere != nil
}

func TestAPANFieldOfAnotherSizeIsNotSealed(t *testing.T) {
	s := newEstate(t).open(t)
	for _, b := range [][]byte{nil, make([]byte, 18, 64), make([]byte, 20, 64), make([]byte, 19, 34)} {
		if _, err := s.SealPAN(b, pinentry.OrderID{}, orderauth.DeviceID{}, 1); err == nil {
			t.Errorf("%d bytes of %d: sealed", len(b), cap(b))
		}
	}
}

// keyedCard is what a PIN pad seals: published test PAN, expiry date,
// verification code.
func keyedCard() []byte {
	return append([]byte("4761739001010010\x00\x00\x00"), "3012123\x00"...)
}

// keyed seals as the PIN pad does.
func (e *estate) keyed(t testing.TB, order pinentry.OrderID, device orderauth.DeviceID, counter uint64) []byte {
	t.Helper()
	key := gcm(t, e.keys[provisioning.KeyKeyed])
	return key.Seal(nil, pinentry.KeyedNonce(counter), keyedCard(), pinentry.PANAAD(order, device))
}

func (e *estate) opensKeyed(t testing.TB, s *Store) bool {
	t.Helper()
	order, device := pinentry.OrderID(random(16)), orderauth.DeviceID(random(8))
	memory := e.keyed(t, order, device, 77)
	n, err := s.OpenKeyed(memory, order, device, 77)
	return err == nil && n == pinentry.KeyedSize && bytes.Equal(memory[:n], keyedCard())
}

func TestAKeyedCardOpensForItsOrderDeviceAndCounterAlone(t *testing.T) {
	e := newEstate(t)
	s := e.open(t)
	order, device := pinentry.OrderID{1}, orderauth.DeviceID{2}
	good := e.keyed(t, order, device, 77)
	pan := make([]byte, pinentry.MaxPAN, 64)
	if _, err := s.SealPAN(pan, order, device, 77); err != nil {
		t.Fatal(err)
	}
	underPAN := gcm(t, e.keys[provisioning.KeyPAN]).Seal(nil, pinentry.KeyedNonce(77), keyedCard(), pinentry.PANAAD(order, device))
	asPAN := gcm(t, e.keys[provisioning.KeyKeyed]).Seal(nil, pinentry.PANNonce(77), keyedCard(), pinentry.PANAAD(order, device))
	for name, c := range map[string]struct {
		sealed  []byte
		order   pinentry.OrderID
		device  orderauth.DeviceID
		counter uint64
	}{
		"another order":              {good, pinentry.OrderID{9}, device, 77},
		"another device":             {good, order, orderauth.DeviceID{9}, 77},
		"the counter before":         {good, order, device, 76},
		"the counter after":          {good, order, device, 78},
		"sealed under the PAN key":   {underPAN, order, device, 77},
		"sealed with a PAN's nonce":  {asPAN, order, device, 77},
		"a PAN for the PIN pad":      {pan[:pinentry.MaxPAN+tagSize], order, device, 77},
		"another estate's":           {newEstate(t).keyed(t, order, device, 77), order, device, 77},
		"cut short":                  {good[:len(good)-1], order, device, 77},
		"a byte longer":              {append(bytes.Clone(good), 0), order, device, 77},
		"nothing":                    {nil, order, device, 77},
		"a flipped bit":              {flipped(good, 3), order, device, 77},
		"a flipped bit of its tag":   {flipped(good, len(good)-1), order, device, 77},
		"a flipped bit of its dates": {flipped(good, pinentry.MaxPAN), order, device, 77},
	} {
		memory := bytes.Clone(c.sealed)
		if n, err := s.OpenKeyed(memory, c.order, c.device, c.counter); !errors.Is(err, ErrKeyed) || n != 0 {
			t.Errorf("%s: %d, %v", name, n, err)
		}
		if bytes.Contains(memory, keyedCard()[:8]) {
			t.Errorf("%s: refused, but its plaintext is there", name)
		}
	}
	if n, err := s.OpenKeyed(good, order, device, 77); err != nil || !bytes.Equal(good[:n], keyedCard()) {
		t.Errorf("twin: %d, %v", n, err)
	}
}
