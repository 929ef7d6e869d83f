package stepper

import (
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
)

// What is asked behind the replacement is asked under the new key, so it is done at
// once and not queued.
func TestTheHostKeyIsReplacedInItsPlaceAmongTheEffects(t *testing.T) {
	w := &world{}
	s := newStepper(w)
	s.cfg.ReplaceKey = func() [8]byte { w.note("replaced"); return [8]byte{7} }
	err := s.carryOut(t.Context(), []transaction.Effect{transaction.Write{Record: transaction.Replacing{}},
		transaction.DropHost{}, transaction.ReplaceHostKey{}, transaction.Notify{}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"writing Replacing ", "durable Replacing ", "drop", "replaced", "publish "}
	if got := w.events(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if e, ok := s.queue.take(); !ok || e != (transaction.KeyReplaced{InUse: [8]byte{7}}) {
		t.Errorf("%+v", e)
	}
}
