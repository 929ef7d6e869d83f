package engine_test

import (
	"bytes"
	"errors"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/conformance"
	"github.com/strongroom-pos/strongroom/secureworld/element/nettle/engine"
)

func TestPublishedCasesAreAnswered(t *testing.T) { conformance.Published(t, engine.Open) }

func TestManyCallersAtOnceGetTheirOwnAnswers(t *testing.T) {
	w, ops, _ := open(t)
	questions := mixed(t, w)
	m := conformance.Make{Operations: ops}
	alone := make([][]byte, len(questions))
	for i, q := range questions {
		alone[i] = q.Ask(m)
	}
	var wg sync.WaitGroup
	for caller := range 20 {
		wg.Go(func() {
			for i := range questions {
				i = (i + 7*caller) % len(questions)
				if !bytes.Equal(questions[i].Ask(m), alone[i]) {
					t.Errorf("question %d is answered differently in company", i)
				}
			}
		})
	}
	wg.Wait()
}

func TestNothingIsDoneAfterTheKeysAreWiped(t *testing.T) {
	w, ops, wipe := open(t)
	wipe()
	for _, q := range mixed(t, w) {
		if q.Kind == element.KindStatus {
			continue
		}
		if answer := q.Ask(conformance.Make{Operations: ops}); answer[0] != element.KindRefusal {
			t.Fatalf("verb %02X answers", q.Kind)
		}
	}
	if _, err := ops.PANReference(element.PANReference{PAN: []byte("4761739001010010")}); !errors.Is(err, element.CodeInternal) {
		t.Error(err)
	}
}

func TestAProtectionKeyOfAnotherLengthIsRefused(t *testing.T) {
	w, err := conformance.NewWorld(1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := engine.Open(w.File, w.KBPK[:16]); err == nil {
		t.Error("16 bytes are accepted")
	}
}

// open gives an element, and what wipes it, which is called once at the latest
// when the test ends.
func open(t *testing.T) (*conformance.World, element.Operations, func()) {
	t.Helper()
	w, err := conformance.NewWorld(1, nil)
	if err != nil {
		t.Fatal(err)
	}
	ops, wipe, err := engine.Open(w.File, w.KBPK)
	if err != nil {
		t.Fatal(err)
	}
	once := sync.OnceFunc(wipe)
	t.Cleanup(once)
	return w, ops, once
}

// mixed is some questions of every verb.
func mixed(t *testing.T, w *conformance.World) (all []conformance.Question) {
	t.Helper()
	for _, kind := range conformance.Kinds() {
		questions, err := w.Questions(kind, 25)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, questions...)
	}
	return all
}

// BenchmarkTranslatePIN is C alone, at eight bits in the counter.
func BenchmarkTranslatePIN(b *testing.B) {
	spent := engine.BenchTranslate(b.N)
	if spent == 0 {
		b.Fatal("not measured")
	}
	b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// BenchmarkTranslatePINThroughTheDoor adds frames and the way into C.
func BenchmarkTranslatePINThroughTheDoor(b *testing.B) {
	w, err := conformance.NewWorld(1, nil)
	if err != nil {
		b.Fatal(err)
	}
	ops, wipe, err := engine.Open(w.File, w.KBPK)
	if err != nil {
		b.Fatal(err)
	}
	defer wipe()
	questions, err := w.Questions(element.KindTranslatePIN, 64)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		questions[i%64].Ask(conformance.Make{Operations: ops})
	}
}
