package traypage

import (
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

func TestCardsAtTheReaderHaveNamesWhileTheyAreThere(t *testing.T) {
	var w whereabouts
	var s virtualcard.TrayState
	s.SlotState = virtualcard.SlotState{Present: true, Insertions: 3}
	w.note(s, "insert", "approve")
	s.Field = virtualcard.SlotState{Present: true, Insertions: 1}
	w.note(s, "tap", "phone")
	if got := w.at(s); got.ContactCard != "approve" || got.FieldCards != "phone" {
		t.Errorf("%+v", got)
	}
	s.Field.Collision = true
	w.note(s, "tap", "nopin")
	if got := w.at(s); got.FieldCards != "phone and nopin" || !w.holds(s, "nopin") || !w.holds(s, "approve") || w.holds(s, "poor") {
		t.Errorf("%+v", got)
	}
	s.SlotState = virtualcard.SlotState{Departures: 3, Insertions: 3}
	s.Field = virtualcard.SlotState{Present: true, Insertions: 2} // somebody else's
	if got := w.at(s); got.ContactCard+got.FieldCards != "" || w.holds(s, "approve") || w.holds(s, "phone") {
		t.Errorf("%+v", got)
	}
	w.note(s, "tap", "poor")
	if got := w.at(s); got.FieldCards != "poor" {
		t.Errorf("%+v", got)
	}
}

func TestOneCardIsNotInTwoPlaces(t *testing.T) {
	y := serving(t)
	y.state.SlotState = virtualcard.SlotState{Present: true, Insertions: 1}
	if err := y.do(t.Context(), act{Do: "insert", Card: "approve"}); err != nil {
		t.Fatal(err)
	}
	for _, do := range []string{"tap", "insert", "swipe"} {
		if err := y.do(t.Context(), act{Do: do, Card: "approve"}); !errors.Is(err, errThere) {
			t.Errorf("%s: %v", do, err)
		}
	}
	y.state.SlotState = virtualcard.SlotState{Insertions: 1, Departures: 1}
	if err := y.do(t.Context(), act{Do: "tap", Card: "approve"}); err != nil {
		t.Error(err)
	}
}
