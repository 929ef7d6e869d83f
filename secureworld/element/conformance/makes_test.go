package conformance_test

import (
	"math/rand/v2"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
)

const perVerb = 2000

func TestAllMakesAnswerAlike(t *testing.T) {
	seed := rand.Uint64() //nolint:gosec // variety
	t.Logf("questions of seed %d", seed)
	w := world(t, seed, nil)
	makes := openAll(t, w)
	for _, kind := range conformance.Kinds() {
		questions, err := w.Questions(kind, perVerb)
		if err != nil {
			t.Fatal(err)
		}
		r := conformance.Compare(makes, questions)
		t.Logf("verb %02X: %d answered, %d refused", kind, r.Answered, r.Refused)
		report(t, r)
		if r.Answered < perVerb/5 || r.Refused < perVerb/20 {
			t.Errorf("verb %02X: %d answers and %d refusals compare too little", kind, r.Answered, r.Refused)
		}
	}
}

// report shows the first differences.
func report(t *testing.T, r conformance.Report) {
	t.Helper()
	for i, d := range r.Differences {
		if i == 5 {
			t.Errorf("and %d more", len(r.Differences)-i)
			return
		}
		t.Error(d)
	}
}

func TestAllMakesMissAKeyAlike(t *testing.T) {
	for _, missing := range []element.Slot{
		element.SlotTerminalBDK, element.SlotPINBDK, element.SlotZonePIN, element.SlotIssuerAC, element.SlotPVK,
		element.SlotPANReference, element.SlotIssuerSMI, element.SlotIssuerCVC3, element.SlotCVK, element.SlotKeyExchange,
	} {
		whole := world(t, 1, nil)
		makes := openAll(t, world(t, 1, map[element.Slot][]byte{missing: nil}))
		lacking := 0
		for _, kind := range conformance.Kinds() {
			questions, err := whole.Questions(kind, 40)
			if err != nil {
				t.Fatal(err)
			}
			r := conformance.Compare(makes, questions)
			report(t, r)
			if r.Answered == 0 {
				lacking++
			}
		}
		if lacking == 0 {
			t.Errorf("without %s nothing is refused", missing)
		}
	}
}

func TestAWeakKeyIsAKeyToAllMakes(t *testing.T) {
	weak := make([]byte, 16) // zeros: both halves weak and equal
	for i := range weak {
		weak[i] = 1
	}
	w := world(t, 2, map[element.Slot][]byte{
		element.SlotIssuerAC: weak, element.SlotPVK: weak, element.SlotIssuerSMI: weak, element.SlotIssuerCVC3: weak, element.SlotCVK: weak,
	})
	makes := openAll(t, w)
	for _, kind := range conformance.Kinds() {
		questions, err := w.Questions(kind, 50)
		if err != nil {
			t.Fatal(err)
		}
		report(t, conformance.Compare(makes, questions))
	}
}

func TestAllMakesAnswerThePublishedCases(t *testing.T) {
	for _, o := range openers() {
		t.Run(o.name, func(t *testing.T) { conformance.Published(t, o.open) })
	}
}
