package conformance_test

import (
	"math/rand/v2"
	"testing"
)

func TestAllMakesLoadTheSameKeyFiles(t *testing.T) {
	seed := rand.Uint64() //nolint:gosec // variety
	t.Logf("key files of seed %d", seed)
	w := world(t, seed, nil)
	loaded, refused := 0, 0
	for i, file := range w.KeyFiles(250) {
		var verdicts []bool
		var why []error
		for _, o := range openers()[1:] { // paths take time to lay out, and keys load alike
			_, wipe, err := o.open(file, w.KBPK)
			if err == nil {
				wipe()
			}
			verdicts, why = append(verdicts, err == nil), append(why, err)
		}
		if verdicts[0] != verdicts[1] || verdicts[0] != verdicts[2] {
			t.Errorf("file %d: %v", i, why)
		}
		if verdicts[0] {
			loaded++
		} else {
			refused++
		}
	}
	t.Logf("%d loaded, %d refused", loaded, refused)
	if loaded < 25 || refused < 50 {
		t.Error("that compares too little")
	}
}
