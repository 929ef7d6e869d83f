package conformance

import (
	"bytes"
	"errors"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Company holds an element that many ask at once to what it answers one.
func Company(t *testing.T, open Opener) {
	t.Helper()
	w, ops, _ := opened(t, open)
	questions := mixed(t, w)
	m := Make{Operations: ops}
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

// Wiped holds an element whose keys are gone to doing nothing.
func Wiped(t *testing.T, open Opener) {
	t.Helper()
	w, ops, wipe := opened(t, open)
	wipe()
	for _, q := range mixed(t, w) {
		if q.Kind == element.KindStatus {
			continue
		}
		if answer := q.Ask(Make{Operations: ops}); answer[0] != element.KindRefusal {
			t.Fatalf("verb %02X answers", q.Kind)
		}
	}
	if _, err := ops.PANReference(element.PANReference{PAN: []byte("4761739001010010")}); !errors.Is(err, element.CodeInternal) {
		t.Error(err)
	}
}

// ProtectionKey holds a make to its key block protection key's length.
func ProtectionKey(t *testing.T, open Opener) {
	t.Helper()
	w, err := NewWorld(1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := open(w.File, w.KBPK[:16]); err == nil {
		t.Error("16 bytes are accepted")
	}
}

// opened gives an element, and what wipes it, which is called once at the latest
// when the test ends.
func opened(t *testing.T, open Opener) (*World, element.Operations, func()) {
	t.Helper()
	w, err := NewWorld(1, nil)
	if err != nil {
		t.Fatal(err)
	}
	ops, wipe, err := open(w.File, w.KBPK)
	if err != nil {
		t.Fatal(err)
	}
	once := sync.OnceFunc(wipe)
	t.Cleanup(once)
	return w, ops, once
}

// mixed is some questions of every verb.
func mixed(t *testing.T, w *World) (all []Question) {
	t.Helper()
	for _, kind := range Kinds() {
		questions, err := w.Questions(kind, 25)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, questions...)
	}
	return all
}

// ThroughTheDoor measures PIN translations with their frames.
func ThroughTheDoor(b *testing.B, open Opener) {
	b.Helper()
	w, err := NewWorld(1, nil)
	if err != nil {
		b.Fatal(err)
	}
	ops, wipe, err := open(w.File, w.KBPK)
	if err != nil {
		b.Fatal(err)
	}
	defer wipe()
	questions, err := w.Questions(element.KindTranslatePIN, 64)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		questions[i%64].Ask(Make{Operations: ops})
	}
}
