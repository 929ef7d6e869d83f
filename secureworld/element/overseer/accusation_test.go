package overseer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// accuser has member 0 of three accuse another at one step, always.
func accuser(t *testing.T, step byte, whom func() uint8) (*world, *clock) {
	t.Helper()
	c := newClock()
	w := newWorld(t, 3, door.ModeQuorum, func(config *Config) {
		config.Clock = c.Now
		config.Members[0].(*double).behave.accuse = func(kind byte) (door.Refusal, bool) {
			return door.Refusal{Code: door.CodeAgreement, Member: whom()}, kind == step
		}
	})
	return w, c
}

func TestWhoAccusesFalselyOfWhatAllHaveSeenIsOut(t *testing.T) {
	t.Parallel()
	for _, step := range []byte{door.KindPropose, door.KindFix, door.KindActivate} {
		w, _ := accuser(t, step, func() uint8 { return 1 })
		p := w.until("an epoch without the accuser", func(p client.Picture) bool { return serving(p) && health(p, 0) == "quarantined" })
		if health(p, 1) != "healthy" || health(p, 2) != "healthy" || p.Aborts != 1 || p.Members[0].Reason == "" {
			t.Errorf("step %d: %+v", step, p)
		}
		if files, _ := filepath.Glob(filepath.Join(w.overseer.config.Evidence, "agreement-*.json")); len(files) != 1 {
			t.Errorf("step %d: %d files of evidence", step, len(files))
		}
		w.open()
		w.insist(4)
	}
}

func TestOneOfTwoThatAccuseEachOtherIsLeftAsideAndNeitherIsQuarantined(t *testing.T) {
	t.Parallel()
	w, c := accuser(t, door.KindDeliver, func() uint8 { return 1 })
	w.until("an epoch of two", func(p client.Picture) bool {
		return serving(p) && health(p, 0) == "aside" && health(p, 1) == "suspect" && health(p, 2) == "healthy"
	})
	w.open()
	w.insist(4)
	w.doubles[0].set(func() { w.doubles[0].behave.accuse = nil })
	c.advance(asideFor)
	w.until("an epoch of three", func(p client.Picture) bool { return serving(p) && health(p, 0) != "aside" && !gone(p) })
}

func TestWhoStandsAgainstTwoOfThreeIsOut(t *testing.T) {
	t.Parallel()
	whom := uint8(1)
	w, c := accuser(t, door.KindDeliver, func() uint8 { return whom })
	w.until("an epoch of two", func(p client.Picture) bool { return serving(p) && health(p, 0) == "aside" })
	w.doubles[0].set(func() { whom = 2 })
	c.advance(asideFor - 1) // what it said of the first is still held against it
	w.overseer.mu.Lock()
	w.overseer.members[0].aside = c.Now()
	w.overseer.members[0].absent = true
	w.overseer.mu.Unlock()
	p := w.until("quarantine", func(p client.Picture) bool { return serving(p) && health(p, 0) == "quarantined" })
	if health(p, 1) == "quarantined" || health(p, 2) == "quarantined" {
		t.Errorf("%+v", p)
	}
}

func TestTwoThatAreLeftAndDifferNameTheOneThatAccusedBefore(t *testing.T) {
	t.Parallel()
	w, _ := accuser(t, door.KindDeliver, func() uint8 { return 1 }) // rightly: 1 sent it what it did not commit to
	w.until("an epoch of two", func(p client.Picture) bool { return serving(p) && health(p, 0) == "aside" })
	w.open()
	d := w.doubles[1]
	d.set(func() { d.behave.lie, d.behave.perjure = flip, flip })
	w.doubles[0].set(func() { w.doubles[0].behave.accuse = nil })
	w.until("quarantine", func(p client.Picture) bool {
		w.ask(1)
		return health(p, 1) == "quarantined" && serving(p) && health(p, 0) != "aside" && !gone(p)
	})
	w.open()
	w.insist(4)
}

func TestAnUnsignedPartIsSeenByTheOverseerItself(t *testing.T) {
	t.Parallel()
	for _, kind := range []byte{door.KindPropose, door.KindDeliver} {
		w := newWorld(t, 2, door.ModeDual, func(c *Config) { c.Members[0].(*double).behave.unsigned = kind })
		p := w.until("quarantine", func(p client.Picture) bool { return health(p, 0) == "quarantined" })
		if health(p, 1) != "healthy" {
			t.Errorf("%+v", p)
		}
	}
}

func TestWhoEndsTooManyAgreementsIsLeftAside(t *testing.T) {
	t.Parallel()
	c := newClock()
	w := newWorld(t, 3, door.ModeQuorum, func(config *Config) {
		config.Clock = c.Now
		config.Members[2].(*double).behave.accuse = func(kind byte) (door.Refusal, bool) {
			return door.Refusal{Code: door.CodeState, Member: noOne}, kind == door.KindActivate
		}
	})
	p := w.until("aside", func(p client.Picture) bool { c.advance(longestPause); return health(p, 2) == "aside" })
	if p.Members[2].Aborts < abortBudget || p.Aborts < abortBudget || health(p, 0) != "healthy" || !strings.Contains(p.Members[2].Reason, "agreements") {
		t.Errorf("%+v", p)
	}
	if files, _ := os.ReadDir(w.overseer.config.Evidence); len(files) != 0 {
		t.Errorf("silence is held to be a lie: %v", files)
	}
}

// gone tells whether anyone is.
func gone(p client.Picture) bool {
	for i := range p.Members {
		if health(p, i) == "gone" {
			return true
		}
	}
	return false
}
