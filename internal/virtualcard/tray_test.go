package virtualcard

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// twoSlots are vpcd's ends of both slots, and a tray before them.
func twoSlots(t *testing.T) (contact, field *reader, tray *Tray) {
	t.Helper()
	contact, field = newReader(t), newReader(t)
	tray = NewTray(contact.l.Addr().String(), field.l.Addr().String())
	t.Cleanup(func() { tray.Pull(); tray.Away() })
	return contact, field, tray
}

// tappable is a card with both interfaces.
func tappable() Profile {
	p := visa()
	p.Tap = &Tap{}
	return p
}

const selectVisa = "00A4040007A000000003101000"

func TestBothSlotsHoldCardsAtTheSameTime(t *testing.T) {
	contact, field, tray := twoSlots(t)
	other := tappable()
	other.PAN = "5413330089010483"
	if err := errors.Join(tray.Insert(t.Context(), visa()), tray.Tap(t.Context(), other)); err != nil {
		t.Fatal(err)
	}
	in, near := contact.accept(), field.accept()
	if a, b := ask(t, in, "04"), ask(t, near, "04"); a[0] != 0x3B || b[0] != 0x3B {
		t.Errorf("ATRs %X and %X", a, b)
	}
	if s := tray.State(); !s.Present || !s.Field.Present || s.Insertions != 1 || s.Field.Insertions != 1 {
		t.Errorf("%+v", s)
	}
	tray.Away()
	if s := tray.State(); !s.Present || s.Field.Present || s.Departures != 0 || s.Field.Departures != 1 {
		t.Errorf("%+v", s)
	}
	if _, err := hear(near); err == nil {
		t.Error("the card is still in the field")
	}
	tray.Pull()
	if s := tray.State(); s.Present || s.Departures != 1 {
		t.Errorf("%+v", s)
	}
}

func TestTwoCardsInTheFieldAnswerNothing(t *testing.T) {
	_, field, tray := twoSlots(t)
	other := tappable()
	other.PAN = "5413330089010483"
	if err := tray.Tap(t.Context(), tappable()); err != nil {
		t.Fatal(err)
	}
	c := field.accept()
	if got := ask(t, c, selectVisa); len(got) < 2 {
		t.Fatalf("the control failed: one card answers %X", got)
	}
	if err := tray.Tap(t.Context(), other); err != nil || !tray.State().Field.Collision {
		t.Fatal("no collision", err)
	}
	if err := tray.Tap(t.Context(), other); !errors.Is(err, ErrCrowded) {
		t.Errorf("a third card: %v", err)
	}
	if got := ask(t, c, selectVisa); len(got) != 1 {
		t.Errorf("two cards answer %X", got)
	}
	tray.Away()
	if err := tray.Tap(t.Context(), tappable()); err != nil || tray.State().Field.Collision {
		t.Fatal("the collision outlived the cards", err)
	}
	if got := ask(t, field.accept(), selectVisa); len(got) < 2 {
		t.Errorf("one card answers %X", got)
	}
}

func TestTwoCardsAreHeldIntoTheFieldAtTheSameTime(t *testing.T) {
	_, field, tray := twoSlots(t)
	other := tappable()
	other.PAN = "5413330089010483"
	if err := tray.TapTwo(t.Context(), tappable(), visa()); err == nil || tray.State().Field.Present {
		t.Error("a card without an antenna was tapped")
	}
	if err := tray.TapTwo(t.Context(), tappable(), other); err != nil || !tray.State().Field.Collision {
		t.Fatal("no collision", err)
	}
	if got := ask(t, field.accept(), selectVisa); len(got) != 1 {
		t.Errorf("two cards answer %X", got)
	}
	if err := tray.TapTwo(t.Context(), tappable(), other); !errors.Is(err, ErrCrowded) {
		t.Errorf("four cards: %v", err)
	}
	tray.Away()
	if err := tray.Tap(t.Context(), tappable()); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, field.accept(), selectVisa); len(got) < 2 {
		t.Errorf("one card answers %X", got)
	}
}

func TestATrayWithoutAFieldTakesNoTap(t *testing.T) {
	tray := NewTray(newReader(t).l.Addr().String(), "")
	if err := tray.Tap(t.Context(), tappable()); !errors.Is(err, ErrNoField) {
		t.Error(err)
	}
}

func TestEmptySlotsCanBeEmptied(t *testing.T) {
	_, _, tray := twoSlots(t)
	tray.Pull()
	tray.Away()
	if err := errors.Join(tray.WaitEmpty(t.Context()), tray.WaitAway(t.Context())); err != nil || tray.State() != (TrayState{}) {
		t.Errorf("%v, %+v", err, tray.State())
	}
}

func TestTheFieldIsServedOverTheSocketToo(t *testing.T) {
	_, field, tray := twoSlots(t)
	socket := filepath.Join(t.TempDir(), "t")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- tray.Serve(ctx, l) }()
	client, err := DialTray(t.Context(), socket)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Tap(tappable()); err != nil {
		t.Fatal(err)
	}
	if s, err := client.State(); err != nil || s.Present || !s.Field.Present || s.Field.Insertions != 1 {
		t.Errorf("%+v %v", s, err)
	}
	field.accept()
	if err := errors.Join(client.Away(), client.WaitAway(), client.Tap(tappable())); err != nil {
		t.Error(err)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if tray.State().Field.Present {
		t.Error("a card stayed in the field when the tray ended")
	}
}

func TestTodaysClientsReadTheState(t *testing.T) {
	contact, _, tray := twoSlots(t)
	if err := tray.Insert(t.Context(), visa()); err != nil {
		t.Fatal(err)
	}
	contact.accept()
	if a := tray.answer(t.Context(), []byte(`{"do":"state"}`)); !a.OK || !a.State.Present || a.State.Insertions != 1 {
		t.Errorf("%+v", a)
	}
}

func TestASwipeReachesTheHead(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "head")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan []byte)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(5 * time.Second))
			b, _ := io.ReadAll(c)
			_ = c.Close()
			heard <- b
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	if err := Swipe(t.Context(), socket, visa()); err != nil {
		t.Fatal(err)
	}
	want := "%B4761739001010010^CARD/VIRTUAL^3112201"
	if got := <-heard; !strings.HasPrefix(string(got), want) || !bytes.Contains(got, []byte("?;4761739001010010=3112201")) || got[len(got)-1] != '\r' {
		t.Errorf("the head heard %q", got)
	}
	if err := SwipeText(t.Context(), socket, ";1?"); err != nil || string(<-heard) != ";1?\r" {
		t.Error("a spoilt stripe", err)
	}
	blank := visa()
	blank.StripeBlank = true
	if err := Swipe(t.Context(), socket, blank); err != nil || string(<-heard) != Unreadable+"\r" {
		t.Error("a blank stripe", err)
	}
	if err := Swipe(t.Context(), socket, Profile{PAN: "4761739001010011"}); err == nil {
		t.Error("a bad profile was swiped")
	}
}

func TestASwipeWithoutAHeadIsToldSo(t *testing.T) {
	if err := Swipe(t.Context(), filepath.Join(t.TempDir(), "none"), visa()); err == nil {
		t.Error("swiped through nothing")
	}
}
