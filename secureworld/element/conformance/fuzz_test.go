package conformance_test

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
)

// FuzzAllMakesAnswerAlike starts from right questions of every verb.
func FuzzAllMakesAnswerAlike(f *testing.F) {
	w, err := conformance.NewWorld(6, nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, kind := range conformance.Kinds() {
		questions, err := w.Questions(kind, 4)
		if err != nil {
			f.Fatal(err)
		}
		for _, q := range questions {
			f.Add(q.Kind, q.Body)
		}
	}
	var makes []conformance.Make
	for _, o := range openers() {
		ops, wipe, err := o.open(w.File, w.KBPK)
		if err != nil {
			f.Fatal(err)
		}
		f.Cleanup(wipe)
		makes = append(makes, conformance.Make{Name: o.name, Verbs: allVerbs, Operations: ops})
	}
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		q := conformance.Question{Kind: kind & 31, Body: body}
		want := conformance.Question{Kind: kind & 31, Body: bytes.Clone(body)}.Ask(makes[0])
		for _, m := range makes[1:] {
			if !bytes.Equal(q.Ask(m), want) {
				t.Errorf("verb %02X: %s answers differently", q.Kind, m.Name)
			}
		}
		if q.Kind == 0 && want[0] != element.KindRefusal {
			t.Error("a verb that is none is answered")
		}
	})
}
