package conformance

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Spoilt holds a make to refusing every key block that is not as it was made, with the
// one code.
func (w *World) Spoilt(t *testing.T, ops element.Operations) {
	t.Helper()
	for _, block := range [][]byte{w.BaseBlock(), w.ZoneBlock()} {
		if _, err := ops.LoadKeyBlock(element.LoadKeyBlock{KEK: w.KEK(), Block: block}); err != nil {
			t.Fatal(err)
		}
		for bit := range 8 * len(block) {
			refuses(t, ops, w.KEK(), flipped(block, bit))
		}
		for n := range block {
			refuses(t, ops, w.KEK(), block[:n:n])
		}
		refuses(t, ops, w.KEK(), append(bytes.Clone(block), '0'))
		refuses(t, ops, w.KEK(), bytes.ToLower(block))
	}
}

func flipped(block []byte, bit int) []byte {
	out := bytes.Clone(block)
	out[bit/8] ^= 1 << (bit % 8)
	return out
}

// refuses wants the one code from every verb that takes blocks; an empty one is none to
// the verbs that have another key.
func refuses(t *testing.T, ops element.Operations, kek element.KEKID, block []byte) {
	t.Helper()
	_, load := ops.LoadKeyBlock(element.LoadKeyBlock{KEK: kek, Block: block})
	refusals := []error{load}
	if len(block) > 0 {
		_, derive := ops.Derive(element.Derive{KEK: kek, Base: block}, &element.Chance{})
		_, base := ops.TranslatePINUnder(element.TranslatePINUnder{KEK: kek, Base: block}, &element.Chance{})
		_, zone := ops.TranslatePINUnder(element.TranslatePINUnder{KEK: kek, Zone: block}, &element.Chance{})
		_, open := ops.OpenAccountUnder(element.OpenAccountUnder{KEK: kek, Base: block})
		refusals = append(refusals, derive, base, zone, open)
	}
	for i, err := range refusals {
		if err != element.CodeSeal { //nolint:errorlint // the very code
			t.Fatalf("verb %d of a changed block: %v", i, err)
		}
	}
}
