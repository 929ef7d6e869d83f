//go:build linux

package estate_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/estatetest"
)

func TestALanesAcquirerMisbehavesUnlessItIsToldNotTo(t *testing.T) {
	programs := estatetest.Programs(t)
	if programs == "" {
		return
	}
	l, err := estate.Start(t.Context(), estate.Options{Programs: programs})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Stop(); err != nil {
			t.Error(err)
		}
	}()
	h, err := l.Desk.Health(t.Context())
	if err != nil || h.Misbehaviour.PerMille == 0 || h.Misbehaviour != l.Misbehaviour() {
		t.Fatalf("%+v %v", h, err)
	}
	sell(t, l) // the first one is undisturbed
	if h, err = l.Desk.Health(t.Context()); err != nil || len(h.Faults) != 0 {
		t.Fatalf("%+v %v", h, err)
	}
	always := estate.Misbehaviour{PerMille: 1000, Seed: twice}
	if err := l.Desk.Misbehave(t.Context(), always); err != nil {
		t.Fatal(err)
	}
	sell(t, l) // an answer that comes twice is one answer
	if h, err = l.Desk.Health(t.Context()); err != nil || h.Faults["duplicate"] == 0 {
		t.Fatalf("%+v %v", h, err)
	}
	if start := *estate.WellBehaved(); start.PerMille != 0 {
		t.Errorf("%+v", start)
	}
}

// twice is a seed from which the first answers are doubled.
const twice = 8
