package conformance_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
	gcrypt "github.com/strongroom-pos/strongroom/secureworld/element/gcrypt/engine"
	nettle "github.com/strongroom-pos/strongroom/secureworld/element/nettle/engine"
	stdlib "github.com/strongroom-pos/strongroom/secureworld/element/stdlib/engine"
)

const allVerbs = 1<<(element.KindOpenAccountUnder+1) - 1<<element.KindStatus

// opener loads the keys of a make.
type opener struct {
	name string
	open func(element.KeyFile, []byte) (element.Operations, func(), error)
}

func openers() []opener {
	return []opener{
		{"stdlib with paths", stdlib.Open}, {"stdlib", stdlib.OpenWithoutPaths},
		{"gcrypt", gcrypt.Open}, {"nettle", nettle.Open},
	}
}

func openAll(t *testing.T, w *conformance.World) (makes []conformance.Make) {
	t.Helper()
	for _, o := range openers() {
		ops, wipe, err := o.open(w.File, w.KBPK)
		if err != nil {
			t.Fatalf("%s: %v", o.name, err)
		}
		t.Cleanup(wipe)
		makes = append(makes, conformance.Make{Name: o.name, Verbs: allVerbs, Operations: ops})
	}
	return makes
}

func world(t *testing.T, seed uint64, given map[element.Slot][]byte) *conformance.World {
	t.Helper()
	w, err := conformance.NewWorld(seed, given)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
