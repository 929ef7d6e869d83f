package keystore

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/keyregistry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

func TestEveryKeyThatCanBeNamedIsInTheRegistryAndInTheList(t *testing.T) {
	e := newEstate(t)
	for _, s := range []*Store{e.open(t), e.open(t)} { // taken over, and found again
		listed := map[uint8]Line{}
		for _, l := range s.Inventory() {
			listed[l.Key] = l
		}
		for _, name := range Names() {
			k, known := keyregistry.Named(name)
			if !known {
				t.Errorf("%s is not in the registry", name)
				continue
			}
			l, there := listed[k.Number]
			if name == "host-answer" || name == loadingKey { // one for each message: none between two; and only where it is configured
				continue
			}
			ended := name == provisioning.KeyHostInitial || name == provisioning.FileSupplierKey
			if !there || l.Born == 0 || (l.Ended != 0) != ended || (l.End == Loaded) != ended {
				t.Errorf("%s: %v %+v", name, there, l)
			}
		}
	}
}

func TestCheckValuesInTheListAreThoseOfTheKeys(t *testing.T) {
	e := newEstate(t)
	checked := 0
	for _, l := range e.open(t).Inventory() {
		k, _ := keyregistry.Find(l.Key)
		key := e.keys[k.Name]
		if want, ok := expected()[k.Name]; !ok || want.Algorithm != 'A' {
			if l.Checked {
				t.Errorf("%s has a check value", k.Name)
			}
			continue
		}
		checked++
		if want, err := keyblock.KCVAES(key); err != nil || !l.Checked || l.Check != want {
			t.Errorf("%s: %x is not %x (%v)", k.Name, l.Check, want, err)
		}
	}
	if checked != 6 {
		t.Errorf("%d check values", checked)
	}
}

// holdsAny looks for four bytes in a row of any key, in raw and in text.
func holdsAny(b []byte, keys map[string][]byte) string {
	for name, key := range keys {
		for at := 0; at+4 <= len(key); at++ {
			part := key[at : at+4]
			if bytes.Contains(b, part) || bytes.Contains(bytes.ToLower(b), []byte(hex.EncodeToString(part))) {
				return name
			}
		}
	}
	return ""
}

func TestTheListHoldsNoByteOfAKey(t *testing.T) {
	e := newEstate(t)
	all := map[string][]byte{"supplier": e.supplier}
	for name, key := range e.keys {
		all[name] = key
	}
	list := encodeLines(e.open(t).Inventory())
	if name := holdsAny(list, all); name != "" {
		t.Errorf("the list has bytes of %s", name)
	}
	for name, key := range all { // the control: what does hold one is found
		if holdsAny(append(list, key[7:11]...), map[string][]byte{name: key}) == "" {
			t.Errorf("bytes of %s are not found", name)
		}
	}
}

func TestTheListKeepsWhatIsInUseAndTheNewestOfWhatEnded(t *testing.T) {
	e := newEstate(t)
	s := e.open(t)
	for range 3 * maxLines {
		s.finish("host-registers", Replaced)
		s.note("host-registers", nil)
	}
	if err := s.keepInventory(); err != nil {
		t.Fatal(err)
	}
	again := e.open(t).Inventory()
	inUse := 0
	for _, l := range again {
		if l.Ended == 0 {
			inUse++
		}
	}
	if len(again) != maxLines || inUse != len(Names())-4 { // but supplier, initial, answer, loading
		t.Errorf("%d lines, %d in use", len(again), inUse)
	}
}

func FuzzCanonicalInventory(f *testing.F) {
	f.Add(encodeLines([]Line{{Key: 21, Born: 1, Checked: true, Check: [5]byte{1, 2, 3}}, {Key: 27, Ended: 9, End: Loaded}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		lines, err := decodeLines(b)
		if err == nil && !bytes.Equal(encodeLines(lines), b) {
			t.Fatalf("%x became %x", b, encodeLines(lines))
		}
	})
}
