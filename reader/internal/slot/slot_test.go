package slot

import (
	"testing"
	"testing/synctest"
)

func TestTheNamedReaderIsChosenAndComesBack(t *testing.T) {
	s := New()
	c := Chooser{Slot: s, Pattern: "00 01"}
	c.Report(Event{Reader: "Virtual PCD 00 00", Present: true})
	if now, _ := s.Look(); now.Attached {
		t.Fatal("another reader was taken")
	}
	c.Report(Event{Reader: "Virtual PCD 00 01", Present: true})
	c.Report(Event{Reader: "Virtual PCD 00 00", Lost: true})
	if now, _ := s.Look(); !now.Present || now.Insertion != 1 || s.Name() != "Virtual PCD 00 01" {
		t.Fatalf("%+v", now)
	}
	c.Report(Event{Reader: "Virtual PCD 00 01", Lost: true})
	if now, _ := s.Look(); now.Attached || now.Present {
		t.Fatalf("%+v", now)
	}
	c.Report(Event{Reader: "Virtual PCD 00 01"})
	c.Report(Event{Reader: "Virtual PCD 00 01", Present: true})
	if now, _ := s.Look(); !now.Present || now.Insertion != 2 {
		t.Fatalf("%+v", now)
	}
}

func TestTheFirstReaderIsTakenWhereNoneIsNamed(t *testing.T) {
	s := New()
	c := Chooser{Slot: s}
	c.Report(Event{Reader: "A"})
	c.Report(Event{Reader: "B", Present: true})
	if now, _ := s.Look(); now.Present || s.Name() != "A" {
		t.Fatalf("%+v", now)
	}
}

func TestWhoWaitsSeesTheChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New()
		got := make(chan Status, 1)
		go func() {
			now, _ := s.Wait(t.Context(), func(x Status) bool { return x.Present })
			got <- now
		}()
		synctest.Wait()
		s.Attach("A", false, false)
		synctest.Wait()
		if len(got) != 0 {
			t.Fatal("an empty slot was taken for a card")
		}
		s.Attach("A", true, false)
		if now := <-got; now.Insertion != 1 {
			t.Fatalf("%+v", now)
		}
	})
}
