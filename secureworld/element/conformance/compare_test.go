package conformance_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
)

// liar answers one verb wrongly and refuses another for the wrong reason.
type liar struct{ element.Operations }

func (l liar) PANReference(r element.PANReference) (element.Reference, error) {
	ref, err := l.Operations.PANReference(r)
	ref.Reference[15] ^= 1
	return ref, err
}

func (l liar) VerifyCVV(r element.VerifyCVV) (element.Verified, error) {
	v, err := l.Operations.VerifyCVV(r)
	if err != nil {
		err = element.CodeInternal
	}
	return v, err
}

func TestWhatDiffersIsReported(t *testing.T) {
	w := world(t, 3, nil)
	makes := openAll(t, w)[:2]
	makes[1].Operations = liar{makes[1].Operations}
	for _, kind := range []element.Kind{element.KindPANReference, element.KindVerifyCVV} {
		questions, err := w.Questions(kind, 100)
		if err != nil {
			t.Fatal(err)
		}
		r := conformance.Compare(makes, questions)
		if len(r.Differences) == 0 || len(r.Differences) == len(questions) {
			t.Errorf("verb %02X: %d differences", kind, len(r.Differences))
		}
	}
}

func TestVerbsThatAMakeLacksAreLeftOut(t *testing.T) {
	w := world(t, 4, nil)
	makes := openAll(t, w)
	makes[0].Verbs &^= 1 << element.KindScriptMAC
	makes[1].Operations = liar{makes[1].Operations}
	makes[1].Verbs &^= 1 << element.KindVerifyCVV
	questions, err := w.Questions(element.KindVerifyCVV, 100)
	if err != nil {
		t.Fatal(err)
	}
	r := conformance.Compare(makes, questions)
	if r.LeftOut[makes[1].Name] != 100 || len(r.Differences) != 0 || r.Answered+r.Refused != 100 {
		t.Errorf("left out %d, %d differences", r.LeftOut[makes[1].Name], len(r.Differences))
	}
}
