package contactless

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func entry(pan byte, at int64) TornEntry {
	return TornEntry{Card: TornCard{PAN: []byte{0x54, pan}}, Seconds: at, Elements: []byte{pan}}
}

func newLog(t *testing.T, depth int, lifetime uint16) *TornLog {
	t.Helper()
	l, err := NewTornLog(depth, lifetime)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestATornLogKeepsItsDepthAndTheNewest(t *testing.T) {
	l := newLog(t, 2, 60)
	for i := range byte(3) {
		l.Put(entry(i, int64(i)))
	}
	if _, ok := l.Find(entry(0, 0).Card); ok || l.Len() != 2 {
		t.Error("the oldest entry is still there")
	}
	for i := byte(1); i < 3; i++ {
		if e, ok := l.Find(entry(i, 0).Card); !ok || !bytes.Equal(e.Elements, []byte{i}) {
			t.Errorf("entry %d is gone", i)
		}
	}
}

func TestATornLogReplacesTheSameCard(t *testing.T) {
	l := newLog(t, 2, 60)
	l.Put(entry(1, 1))
	newer := entry(1, 2)
	newer.Elements = []byte{9}
	l.Put(newer)
	if e, ok := l.Find(newer.Card); l.Len() != 1 || !ok || e.Elements[0] != 9 {
		t.Error("two entries of one card, or the older one")
	}
}

func TestATornLogTellsSequenceNumbersApart(t *testing.T) {
	l := newLog(t, 5, 60)
	l.Put(entry(1, 1))
	with := entry(1, 1).Card
	with.HasPSN = true
	if _, ok := l.Find(with); ok {
		t.Error("a card with 5F34 was taken for one without")
	}
}

func TestATornLogForgetsTheOldAndTheFuture(t *testing.T) {
	for now, want := range map[int64]int{100: 1, 160: 1, 161: 0, 99: 0} {
		l := newLog(t, 1, 60)
		l.Put(entry(1, 100))
		if l.Expire(now); l.Len() != want {
			t.Errorf("at %d: %d entries, want %d", now, l.Len(), want)
		}
	}
}

func TestATornLogWipesWhatItHeld(t *testing.T) {
	l := newLog(t, 1, 60)
	l.Put(entry(7, 1))
	held := l.entries[0]
	if shown := fmt.Sprintf("%v %+v", l, held); strings.Contains(shown, "84 7") || strings.Contains(shown, "5407") {
		t.Errorf("printed as %s", shown)
	}
	var pan, elements []byte
	held.pan.Use(func(b []byte) { pan = b })
	held.elements.Use(func(b []byte) { elements = b })
	if l.Wipe(); l.Len() != 0 || !bytes.Equal(pan, []byte{0, 0}) || !bytes.Equal(elements, []byte{0}) {
		t.Error("account data are still there")
	}
}

func TestANilTornLogKeepsNothing(t *testing.T) {
	var l *TornLog
	l.Put(entry(1, 1))
	l.Expire(1)
	l.Wipe()
	if _, ok := l.Find(entry(1, 1).Card); ok || l.Len() != 0 {
		t.Error("something was kept")
	}
}

func TestATornLogOutOfRangeIsRefused(t *testing.T) {
	for _, c := range []struct {
		depth    int
		lifetime uint16
	}{{0, 60}, {6, 60}, {1, 0}, {1, 7201}} {
		if _, err := NewTornLog(c.depth, c.lifetime); err == nil {
			t.Errorf("depth %d, lifetime %d was accepted", c.depth, c.lifetime)
		}
	}
}
