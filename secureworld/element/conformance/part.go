package conformance

import (
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// NewPart is NewWorld without the keys of the TDES verbs, for makes that have none, and
// without those of some slots.
func NewPart(seed uint64, without ...element.Slot) (*World, error) {
	left := make(map[element.Slot][]byte)
	for _, s := range slots() {
		if s.algorithm != 'A' || slices.Contains(without, s.slot) {
			left[s.slot] = nil
		}
	}
	return NewWorld(seed, left)
}

// Hold asks makes n questions of each verb that the last of them offers, and wants
// the same answers, with enough of them that are no refusals to compare.
func (w *World) Hold(t *testing.T, n int, makes ...Make) {
	t.Helper()
	for _, kind := range Kinds() {
		if kind == element.KindStatus || !makes[len(makes)-1].Offers(kind) {
			continue
		}
		questions, err := w.Questions(kind, n)
		if err != nil {
			t.Fatal(err)
		}
		r := Compare(makes, questions)
		for i, d := range r.Differences {
			if i < 5 {
				t.Error(d)
			}
		}
		if r.Answered < n/5 || r.Refused < n/20 {
			t.Errorf("verb %02X: %d answers and %d refusals compare too little", kind, r.Answered, r.Refused)
		}
	}
}
