package slots

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/control"
	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
)

func open(t *testing.T, folder string) *Slots {
	t.Helper()
	s, err := Open(folder, durable.OS{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOrderIsPendingActiveAndThenWhateverWasGood(t *testing.T) {
	f, a, b := control.Factory, control.SlotA, control.SlotB
	for name, c := range map[string]struct {
		record Record
		want   []control.Place
	}{
		"nothing yet":        {Record{Active: f}, []control.Place{f}},
		"staged":             {Record{Active: f, A: control.Staged}, []control.Place{f, a}},
		"on trial":           {Record{Active: f, Pending: a, A: control.Staged}, []control.Place{a, f}},
		"tries used up":      {Record{Active: f, Pending: a, Tries: MaxTries, A: control.Staged}, []control.Place{f, a}},
		"active, and good":   {Record{Active: a, A: control.Good, B: control.Good}, []control.Place{a, b, f}},
		"one is bad":         {Record{Active: a, A: control.Good, B: control.Bad}, []control.Place{a, f, b}},
		"back to factory":    {Record{Active: a, Pending: f, A: control.Good}, []control.Place{f, a}},
		"an empty is none":   {Record{Active: f, Pending: a}, []control.Place{f}},
		"the other on trial": {Record{Active: a, Pending: b, A: control.Good, B: control.Staged}, []control.Place{b, a, f}},
	} {
		s := &Slots{record: c.record}
		if got := s.Order(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestRecordOutlivesARestart(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "slots")
	s := open(t, folder)
	must(t, s.Fill(control.SlotA, map[string][]byte{FileKernel: []byte("k"), "payment.wasm": []byte("m")}))
	if open(t, folder).Record().A != control.Empty {
		t.Error("a slot that was not kept is not empty")
	}
	must(t, s.Keep(control.SlotA))
	must(t, s.Activate(control.SlotA))
	must(t, s.Try())
	want := Record{Active: control.Factory, Pending: control.SlotA, Tries: 1, A: control.Staged}
	if got := open(t, folder).Record(); got != want {
		t.Errorf("%+v", got)
	}
	if files := s.Files(control.SlotA); len(files.Applications) != 1 {
		t.Errorf("%+v", files)
	}
	must(t, s.Prove(control.SlotA))
	if got := open(t, folder).Record(); got != (Record{Active: control.SlotA, A: control.Good}) {
		t.Errorf("%+v", got)
	}
}

func TestProvingTheOldKernelLeavesThePendingOne(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "slots"))
	must(t, s.Fill(control.SlotA, nil))
	must(t, s.Keep(control.SlotA))
	must(t, s.Activate(control.SlotA))
	must(t, s.Prove(control.Factory))
	if s.Record().Pending != control.SlotA {
		t.Errorf("%+v", s.Record())
	}
}

func TestDamagedRecordIsToldAndLeavesTheChoiceToWhatVerifies(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "slots")
	good := Record{Active: control.SlotA, A: control.Good}.encode()
	for name, raw := range map[string][]byte{
		"empty": {}, "cut": good[:len(good)-1], "longer": append(bytes.Clone(good), '\n'),
		"changed": bytes.Replace(good, []byte("active 2"), []byte("active 3"), 1), "noise": []byte("x"),
		"impossible": Record{Active: 7}.encode(),
	} {
		must(t, os.MkdirAll(folder, 0o700))
		must(t, os.WriteFile(filepath.Join(folder, recordFile), raw, 0o600))
		s, err := Open(folder, durable.OS{})
		if !errors.Is(err, ErrDamaged) || s == nil || s.Record() != (Record{Active: control.Factory, A: control.Bad, B: control.Bad}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHistoryKeepsTheLast(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "slots"))
	for i := range control.MaxEvents + 5 {
		must(t, s.Note(time.Unix(int64(i), 0), control.EventStaged, control.SlotA, control.Accepted, uint64(i)))
	}
	h := s.History()
	if len(h) != control.MaxEvents || h[0].Version != 5 || h[len(h)-1].Time != control.MaxEvents+4 {
		t.Errorf("%d entries, from %+v", len(h), h[0])
	}
}

func FuzzCanonicalRecord(f *testing.F) {
	f.Add(Record{Active: control.SlotA, Pending: control.SlotB, Tries: 1, A: control.Good, B: control.Staged}.encode())
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := parseRecord(raw)
		if err == nil && !bytes.Equal(r.encode(), raw) {
			t.Fatal("accepted what does not encode back")
		}
	})
}
