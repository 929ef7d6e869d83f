package conformance_test

import (
	"crypto/aes"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

// eachMake runs a test on every make of one world.
func eachMake(t *testing.T, test func(*testing.T, *conformance.World, element.Operations)) {
	t.Helper()
	w := world(t, 11, nil)
	for _, m := range openAll(t, w) {
		t.Run(m.Name, func(t *testing.T) { test(t, w, m.Operations) })
	}
}

func TestAKeyBlockWithAnyBitChangedIsRefusedByAllMakes(t *testing.T) {
	eachMake(t, func(t *testing.T, w *conformance.World, ops element.Operations) { w.Spoilt(t, ops) })
}

func TestAKeyServesItsOnePurposeAlone(t *testing.T) {
	eachMake(t, func(t *testing.T, w *conformance.World, ops element.Operations) {
		_, base := ops.TranslatePINUnder(element.TranslatePINUnder{KEK: w.KEK(), Base: w.ZoneBlock()}, &element.Chance{})
		_, zone := ops.TranslatePINUnder(element.TranslatePINUnder{KEK: w.KEK(), Zone: w.BaseBlock()}, &element.Chance{})
		_, open := ops.OpenAccountUnder(element.OpenAccountUnder{KEK: w.KEK(), Base: w.ZoneBlock()})
		_, derive := ops.Derive(element.Derive{KEK: w.KEK(), Base: w.ZoneBlock()}, &element.Chance{})
		d, err := ops.Derive(element.Derive{KEK: w.KEK(), Base: w.BaseBlock(), ID: guest()}, &element.Chance{})
		if err != nil {
			t.Fatal(err)
		}
		_, load := ops.LoadKeyBlock(element.LoadKeyBlock{KEK: w.KEK(), Block: d.Block}) // B1
		for i, err := range []error{base, zone, open, derive, load} {
			if err != element.CodeSeal { //nolint:errorlint // the very code
				t.Errorf("case %d: %v", i, err)
			}
		}
		other := guest()
		other[0] ^= 1
		if _, err := ops.Derive(element.Derive{KEK: w.KEK(), Base: w.BaseBlock(), ID: other}, &element.Chance{}); err != element.CodeKey { //nolint:errorlint // the very code
			t.Errorf("another key's id: %v", err)
		}
	})
}

// guest is a device's id under the base derivation key that comes along.
func guest() (id element.InitialKeyID) {
	_, _ = hex.Decode(id[:], []byte("7777ABCD00C0FFEE"))
	return id
}

func TestCheckValuesAndInitialKeysAreTheStandards(t *testing.T) {
	chance := element.Chance{1, 2, 3, 31: 4}
	eachMake(t, func(t *testing.T, w *conformance.World, ops element.Operations) {
		bdk, zone, _ := w.Guests()
		for _, k := range []struct {
			block, key []byte
			usage      string
			mode       byte
		}{{w.BaseBlock(), bdk, "B0", 'X'}, {w.ZoneBlock(), zone, "P0", 'E'}} {
			l, err := ops.LoadKeyBlock(element.LoadKeyBlock{KEK: w.KEK(), Block: k.block})
			if err != nil || string(l.Usage[:]) != k.usage || l.Mode != k.mode || l.Check != checkOf(t, k.key) {
				t.Errorf("%+v %v", l, err)
			}
		}
		d, err := ops.Derive(element.Derive{KEK: w.KEK(), Base: w.BaseBlock(), ID: guest()}, &chance)
		if err != nil {
			t.Fatal(err)
		}
		var want [32]byte
		if err := receiver.InitialKey(want[:], bdk, dukpt.AES256, guest()); err != nil {
			t.Fatal(err)
		}
		key := make([]byte, 32)
		h, n, err := keyblock.Unwrap(w.Exchange(), d.Block, key)
		if err != nil || n != 32 || [32]byte(key) != want || d.Check != checkOf(t, key) {
			t.Errorf("another initial key: %v", err)
		}
		told := fmt.Sprintf("%s%c%c%s%c %v", h.Usage, h.Algorithm, h.Mode, h.KeyVersion, h.Exportability, h.Optional)
		if told != "B1AX00N [{IK 7777ABCD00C0FFEE} {PB 00000000}]" {
			t.Error(told)
		}
	})
}

func checkOf(t *testing.T, key []byte) element.CheckValue {
	t.Helper()
	b, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	return element.CheckValue(cmac.Sum(nil, b, make([]byte, 16)))
}

// BenchmarkTranslatePINUnder is a translation between keys that come along, the way from
// both blocks to the answer.
func BenchmarkTranslatePINUnder(b *testing.B) {
	w, err := conformance.NewWorld(12, nil)
	if err != nil {
		b.Fatal(err)
	}
	r := w.PINQuestion([]byte("1234"), []byte("4761739001010010"))
	for _, o := range openers() {
		ops, wipe, err := o.open(w.File, w.KBPK)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(wipe)
		b.Run(o.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ops.TranslatePINUnder(r, &element.Chance{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
