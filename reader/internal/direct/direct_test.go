package direct

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/reader/iso7816"
)

// selectPSE is a SELECT of the directory of applications.
func selectPSE() []byte {
	return append([]byte{0x00, 0xA4, 0x04, 0x00, 14}, append([]byte("1PAY.SYS.DDF01"), 0x00)...)
}

// bench is a reader's two slots with a tray before them.
type bench struct {
	dir    string
	cards  *Cards
	tray   *virtualcard.Tray
	events chan Event
	stop   func()
}

func newBench(t *testing.T) *bench {
	t.Helper()
	dir, err := os.MkdirTemp("", "direct") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	b := &bench{dir: dir}
	b.tray = virtualcard.NewTray("unix:"+filepath.Join(dir, "slot.sock"), "unix:"+filepath.Join(dir, "field.sock"))
	t.Cleanup(func() { b.tray.Pull(); b.tray.Away() })
	b.start()
	t.Cleanup(func() { b.stop() })
	return b
}

// start is a reader, or its successor.
func (b *bench) start() {
	ctx, cancel := context.WithCancel(context.Background())
	b.cards, b.events = New(b.dir), make(chan Event, 64)
	var watching sync.WaitGroup
	cards, events := b.cards, b.events
	watching.Go(func() { _ = cards.Watch(ctx, func(e Event) { events <- e }) })
	b.stop = func() { cancel(); watching.Wait() }
}

// await takes events until this one.
func (b *bench) await(want Event) {
	for e := range b.events {
		if e == want {
			return
		}
	}
}

func profile() virtualcard.Profile {
	return virtualcard.Profile{PAN: "4761739001010010", PSN: 1, Expiry: "3112", Tap: &virtualcard.Tap{},
		CardMasterKey: make([]byte, 16)}
}

func TestACardAnswersInTheSlotAndInTheField(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		slot     string
		put, end func() error
	}{
		{Slot, func() error { return b.tray.Insert(t.Context(), profile()) }, func() error { b.tray.Pull(); return nil }},
		{Field, func() error { return b.tray.Tap(t.Context(), profile()) }, func() error { b.tray.Away(); return nil }},
	} {
		if _, err := b.cards.Open(t.Context(), c.slot); !errors.Is(err, ErrNoCard) {
			t.Errorf("%s: opened while empty: %v", c.slot, err)
		}
		if err := c.put(); err != nil {
			t.Fatal(err)
		}
		b.await(Event{c.slot, true})
		s, err := b.cards.Open(t.Context(), c.slot)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := s.Exchange(t.Context(), selectPSE()); err != nil || len(a) < 2 {
			t.Errorf("%s: %X, %v", c.slot, a, err)
		}
		if _, err := s.Exchange(t.Context(), []byte{1, 2, 3}); err == nil {
			t.Errorf("%s: three bytes were sent", c.slot)
		}
		if err := c.end(); err != nil {
			t.Fatal(err)
		}
		b.await(Event{c.slot, false})
		if _, err := s.Exchange(t.Context(), selectPSE()); !errors.Is(err, iso7816.ErrDead) {
			t.Errorf("%s: a card that is gone: %v", c.slot, err)
		}
	}
}

func TestANewSessionEndsTheOneBefore(t *testing.T) {
	b := newBench(t)
	if err := b.tray.Insert(t.Context(), profile()); err != nil {
		t.Fatal(err)
	}
	b.await(Event{Slot, true})
	first, err := b.cards.Open(t.Context(), Slot)
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.cards.Open(t.Context(), Slot)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Exchange(t.Context(), selectPSE()); !errors.Is(err, iso7816.ErrDead) {
		t.Errorf("the first: %v", err)
	}
	if _, err := second.Exchange(t.Context(), selectPSE()); err != nil {
		t.Errorf("the second: %v", err)
	}
}

func TestACardOutlivesItsReader(t *testing.T) {
	b := newBench(t)
	if err := b.tray.Insert(t.Context(), profile()); err != nil {
		t.Fatal(err)
	}
	b.await(Event{Slot, true})
	b.stop()
	if !b.tray.State().Present {
		t.Error("the card left with the reader")
	}
	b.start()
	b.await(Event{Slot, true})
	s, err := b.cards.Open(t.Context(), Slot)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Exchange(t.Context(), selectPSE()); err != nil {
		t.Error(err)
	}
}

func TestTheSocketsAreTheOwnersAlone(t *testing.T) {
	b := newBench(t)
	b.await(Event{Field, false})
	for _, slot := range []string{Slot, Field} {
		if info, err := os.Stat(filepath.Join(b.dir, slot+".sock")); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", slot, info, err)
		}
	}
}
