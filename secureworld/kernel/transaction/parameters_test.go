package transaction

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// configured counts the records of parameters of one version.
func (l *lane) configured(version uint32) (n int) {
	for _, b := range l.journal {
		if r, _ := DecodeRecord(b); r == (Configured{version}) {
			n++
		}
	}
	return n
}

// under starts the lane again under another version of the parameters.
func (l *lane) under(version uint32) {
	l.script.configure = func(c *Config) { c.Parameters = version }
	l.boot()
}

func TestAVersionOfTheParametersIsWrittenOnce(t *testing.T) {
	l := newLane(t, script{})
	for _, version := range []uint32{3, 3, 4, 4, 9, 9} {
		l.under(version)
		l.run()
	}
	for version, want := range map[uint32]int{3: 1, 4: 1, 9: 1, 5: 0} {
		if n := l.configured(version); n != want {
			t.Errorf("version %d: %d records", version, n)
		}
	}
	if s := l.core.State(); s.NeedsAttention || s.Terminal != payment.TerminalStateReady {
		t.Errorf("%v", s.Terminal)
	}
}

func TestOlderParametersStopTheTerminal(t *testing.T) {
	l := newLane(t, script{})
	l.run()
	l.under(2)
	l.run()
	if s := l.core.State(); !s.NeedsAttention || s.Terminal != payment.TerminalStateNeedsAttention {
		t.Errorf("%v", s.Terminal)
	}
	for _, keyed := range []bool{false, true} {
		l.script.keyed = keyed
		l.step(Start{Reply: 1, Start: l.order(1)})
		if r := l.replies[len(l.replies)-1]; r.Refused != mailbox.CodeTampered {
			t.Errorf("keyed %v: %v", keyed, r.Refused)
		}
	}
	if l.configured(2) != 0 {
		t.Error("the older version was written")
	}
	l.under(3)
	l.script.keyed = false
	l.run()
	if v := l.pay(2); v.Outcome != payment.OutcomeApproved {
		t.Errorf("the right version again: %v", v.Outcome)
	}
}

func TestReversalsGoOnUnderOlderParameters(t *testing.T) {
	l := newLaneCut(t, script{silent: true}, 0, false)
	l.run()
	l.step(Start{Reply: 1, Start: l.order(1)})
	l.drain()
	if l.core.active == nil || l.core.active.phase != phaseHost {
		t.Fatal("control: the host is not asked")
	}
	l.under(1)
	l.run()
	l.settled()
	if v := l.told[payment.ID{1}]; v.Outcome != payment.OutcomeNotCharged || v.Money != payment.MoneyReleased {
		t.Errorf("%v, money %v", v.Outcome, v.Money)
	}
}
