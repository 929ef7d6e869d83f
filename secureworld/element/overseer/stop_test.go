package overseer

import (
	"os"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

func stopped(p client.Picture) bool { return p.State == "stopped" }

// divided is a group of two in dual mode that stopped: element 0 lies.
func divided(t *testing.T, alone bool) *world {
	t.Helper()
	w := newWorld(t, 2, door.ModeDual, func(c *Config) { c.Alone = alone })
	w.open()
	d := w.doubles[0]
	d.set(func() { d.behave.lie, d.behave.perjure = flip, flip })
	if n, _ := w.ask(1); n != 0 {
		t.Fatal("released what two differ about")
	}
	p := w.until("stop", stopped)
	if health(p, 0) != "suspect" || health(p, 1) != "suspect" || p.Reason == "" || p.Members[0].Reason == "" {
		t.Errorf("%+v", p)
	}
	return w
}

// arbitrate is what the operator's command does; nobody: no liar was found.
func (w *world) arbitrate(liar string) {
	w.Helper()
	if err := Arbitrate(w.overseer.config.Evidence, liar); err != nil {
		w.Fatal(err)
	}
}

func (w *world) id(member int) string {
	p, _ := w.overseer.View(w.Context())
	return p.Members[member].ID
}

func TestAfterArbitrationTheHonestOneGoesOnAloneIfThatIsPermitted(t *testing.T) {
	t.Parallel()
	w := divided(t, true)
	w.arbitrate(w.id(0))
	p := w.until("to go on", func(p client.Picture) bool { return serving(p) && health(p, 0) == "quarantined" })
	w.open()
	w.insist(8)
	if d, err := w.overseer.Describe(t.Context()); err != nil || p.Mode != "single" {
		t.Errorf("%v, %+v", err, p)
	} else if tr, err := door.ParseTranscript(d.Transcript); err != nil || tr.Mode != door.ModeSingle || len(tr.Members) != 1 {
		t.Errorf("clients are told of mode %d", tr.Mode)
	}

	// The other is a shadow first, then they are two again.
	w.overseer.mu.Lock()
	w.overseer.config.Rules.Clean = 4
	w.overseer.mu.Unlock()
	w.doubles[0].set(func() { w.doubles[0].behave.lie, w.doubles[0].behave.perjure = nil, nil })
	before := p.Epoch
	w.overseer.Readmit(w.id(0))
	p = w.until("probation", func(p client.Picture) bool { return serving(p) && p.Epoch > before && health(p, 0) == "probation" })
	if p.Mode != "single" {
		t.Errorf("a shadow counts: %+v", p)
	}
	w.open()
	w.insist(8)
	w.until("two", func(p client.Picture) bool { return serving(p) && p.Mode == "dual" && health(p, 0) == "healthy" })
	w.open()
	w.insist(8)
}

func TestAfterArbitrationTheHonestOneStaysStoppedElse(t *testing.T) {
	t.Parallel()
	w := divided(t, false)
	w.arbitrate(w.id(0))
	p := w.until("quarantine", func(p client.Picture) bool { return health(p, 0) == "quarantined" && stopped(p) && p.Reason == tooFew })
	if n, _ := w.ask(1); n != 0 || health(p, 1) == "quarantined" {
		t.Errorf("%d answers by one: %+v", n, p)
	}
}

func TestWhereTheOperatorFindsNoLiarBothGoOn(t *testing.T) {
	t.Parallel()
	w := divided(t, false)
	first := w.epoch
	w.doubles[0].set(func() { w.doubles[0].behave.lie, w.doubles[0].behave.perjure = nil, nil })
	w.arbitrate("")
	w.until("to go on", func(p client.Picture) bool { return serving(p) && p.Epoch > first })
	w.open()
	w.insist(8)
}

func TestAStopOutlivesItsOverseer(t *testing.T) {
	t.Parallel()
	w := divided(t, false)
	second, err := New(w.overseer.config)
	if err != nil {
		t.Fatal(err)
	}
	go second.Run(t.Context()) //nolint:errcheck // ends with the test
	w.overseer = second
	p := w.until("an epoch", func(p client.Picture) bool { return p.Epoch != 0 })
	if !stopped(p) || p.Reason == "" {
		t.Errorf("%+v", p)
	}
	if _, err := second.Describe(t.Context()); err == nil {
		t.Error("a client may open sessions with a group that is stopped")
	}
}

func TestAThirdElementEndsAStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3, door.ModeDual, func(c *Config) {
		c.Members[2].(*double).behave.refuse = map[byte]door.Refusal{door.KindPropose: {Code: door.CodeState, Member: noOne}}
	})
	w.open()
	w.doubles[0].set(func() { w.doubles[0].behave.lie, w.doubles[0].behave.perjure = flip, flip })
	w.ask(1)
	w.until("stop", stopped)
	w.doubles[2].set(func() { w.doubles[2].behave.refuse = nil })
	w.until("to go on", serving)
	w.open()
	w.until("quarantine", func(p client.Picture) bool { w.insist(1); return health(p, 0) == "quarantined" && serving(p) })
	if _, err := os.Stat(StopFile(w.overseer.config.Evidence)); err == nil {
		t.Error("the stop is still on file")
	}
}

func TestOnlyOneOfTheTwoCanBeNamedByAnArbitration(t *testing.T) {
	folder := t.TempDir()
	if Arbitrate(folder, "") == nil {
		t.Error("a group that serves was arbitrated")
	}
	if err := os.WriteFile(StopFile(folder), []byte("0011223344556677\n8899aabbccddeeff\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if Arbitrate(folder, "0011223344556678") == nil || Arbitrate(folder, "../x") == nil {
		t.Error("somebody else was named")
	}
	if err := Arbitrate(folder, "8899aabbccddeeff"); err != nil || Stopped(folder) != nil {
		t.Error(err)
	}
	if _, err := os.Stat(QuarantineFile(folder, "8899aabbccddeeff")); err != nil {
		t.Error(err)
	}
}
