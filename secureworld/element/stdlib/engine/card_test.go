package engine

import (
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/cvv"
)

// issuing is a world whose element has the issuer's further keys.
func issuing(t *testing.T) (*world, *cvv.Key) {
	t.Helper()
	w := newWorld(t)
	key := random(16)
	w.file.Keys = append(w.file.Keys,
		element.KeyEntry{Slot: element.SlotIssuerSMI, Block: w.block(t, "E2", 'T', 'X', random(16))},
		element.KeyEntry{Slot: element.SlotIssuerCVC3, Block: w.block(t, "E4", 'T', 'X', random(16))},
		element.KeyEntry{Slot: element.SlotCVK, Block: w.block(t, "C0", 'T', 'C', key)})
	r, err := newRing(w.file, w.kbpk, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.wipe)
	w.ops = newOperations(r)
	k, erase, err := cvv.Open(key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(erase)
	return w, k
}

func TestAValueIsGoodAtItsPlaceOnly(t *testing.T) {
	w, k := issuing(t)
	value := func(service string) [3]byte {
		v, err := k.Value([]byte(pan), []byte("3112"), []byte(service))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		place   element.Place
		service string
		value   [3]byte
		want    error
	}{
		{element.PlaceStripe, "201", value("201"), nil},
		{element.PlacePrint, "201", value("000"), nil},
		{element.PlaceChip, "201", value("999"), nil},
		{element.PlaceStripe, "101", value("201"), element.CodeCryptogram},
		{element.PlaceStripe, "000", value("000"), element.CodeCryptogram},
		{element.PlaceStripe, "999", value("999"), element.CodeCryptogram},
		{element.PlacePrint, "201", value("201"), element.CodeCryptogram},
		{element.PlaceStripe, "2A1", value("201"), element.CodeMalformed},
	} {
		r := element.VerifyCVV{PAN: []byte(pan), Expiry: [4]byte([]byte("3112")), Service: [3]byte([]byte(c.service)), Place: c.place, Value: c.value}
		if _, err := w.ops.VerifyCVV(r); !errors.Is(err, c.want) {
			t.Errorf("place %d, service code %s: %v", c.place, c.service, err)
		}
	}
}

func TestOnlyKnownCommandsAreAuthenticated(t *testing.T) {
	w, _ := issuing(t)
	data := []byte{1, 2, 3}
	for _, c := range []struct {
		header [5]byte
		data   []byte
		want   error
	}{
		{[5]byte{0x84, 0x1E, 0, 0, 8}, nil, nil},
		{[5]byte{0x84, 0x18, 0, 0, 8}, nil, nil},
		{[5]byte{0x84, 0x16, 0, 0, 8}, nil, nil},
		{[5]byte{0x84, 0x24, 0, 0, 8}, nil, nil},
		{[5]byte{0x04, 0xDC, 1, 0x14, 11}, data, nil},
		{[5]byte{0x04, 0xDA, 0x9F, 0x79, 11}, data, nil},
		{[5]byte{0x84, 0x24, 0, 2, 8}, nil, element.CodeMalformed},
		{[5]byte{0x84, 0x24, 0, 2, 11}, data, element.CodeMalformed},
		{[5]byte{0x84, 0x1E, 0, 0, 9}, nil, element.CodeMalformed},
		{[5]byte{0x00, 0x1E, 0, 0, 8}, nil, element.CodeMalformed},
		{[5]byte{0x04, 0xDC, 1, 0x14, 8}, nil, element.CodeMalformed},
		{[5]byte{0x04, 0xDC, 1, 0x14, 12}, data, element.CodeMalformed},
		{[5]byte{0x84, 0xAE, 0, 0, 8}, nil, element.CodeMalformed},
	} {
		_, err := w.ops.ScriptMAC(element.ScriptMAC{PAN: []byte(pan), Header: c.header, Data: c.data})
		if !errors.Is(err, c.want) {
			t.Errorf("%X: %v", c.header, err)
		}
	}
}

func TestWithoutItsKeyNothingIsVerified(t *testing.T) {
	w := newWorld(t)
	_, err1 := w.ops.VerifyCVV(element.VerifyCVV{PAN: []byte(pan)})
	_, err2 := w.ops.VerifyCVC3(element.VerifyCVC3{PAN: []byte(pan)})
	_, err3 := w.ops.ScriptMAC(element.ScriptMAC{PAN: []byte(pan), Header: [5]byte{0x84, 0x1E, 0, 0, 8}})
	for _, err := range []error{err1, err2, err3} {
		if !errors.Is(err, element.CodeKey) {
			t.Error(err)
		}
	}
}

func TestMethod2NeedsASessionKey(t *testing.T) {
	w := newWorld(t)
	for _, d := range []element.Derivation{element.DeriveNone, element.DeriveUnpredictable} {
		_, err := w.ops.VerifyARQC(element.VerifyARQC{PAN: []byte(pan), Derivation: d, Method: element.Method2})
		if !errors.Is(err, element.CodeMalformed) {
			t.Errorf("derivation %d: %v", d, err)
		}
	}
}

func TestAnotherDerivationDoesNotVerify(t *testing.T) {
	w := newWorld(t)
	for d := range element.Derivation(3) {
		_, err := w.ops.VerifyARQC(element.VerifyARQC{PAN: []byte(pan), Derivation: d, Data: make([]byte, 8)})
		if !errors.Is(err, element.CodeCryptogram) {
			t.Errorf("derivation %d: %v", d, err)
		}
	}
}
