package transaction

import (
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
)

func plan() Replacing {
	return Replacing{Old: [8]byte{1}, New: [8]byte{2}, OldCheck: [5]byte{3}, NewCheck: [5]byte{4}, Left: 5}
}

// rekeying is a core with a keystore beside it that has one key or the other.
type rekeying struct {
	core    *Core
	inUse   [8]byte
	journal []Record
	replies []Reply
}

func newRekeying() *rekeying {
	r := &rekeying{inUse: plan().Old}
	r.start()
	return r
}

// start is one after a power cut, too.
func (r *rekeying) start() {
	r.core = New(Config{Zone: time.UTC, HostWait: time.Second, HostKeyID: func() [8]byte { return r.inUse }})
	for _, e := range r.journal {
		r.core.Replay(e)
	}
	for _, e := range r.core.Recover(time.Now()) {
		r.durable(e)
	}
}

func (r *rekeying) durable(e Effect) {
	if w, ok := e.(Write); ok {
		r.journal = append(r.journal, w.Record)
	}
}

// replace carries a replacement out, up to the n-th of its steps.
func (r *rekeying) replace(steps int) (cut bool) {
	var events []Event
	for events = append(events, ReplaceKey{Reply: 1, Plan: plan()}); len(events) > 0; events = events[1:] {
		for _, e := range r.core.Step(Input{Now: time.Now(), Event: events[0]}) {
			if steps--; steps < 0 {
				return true
			}
			r.durable(e)
			switch e := e.(type) {
			case ReplaceHostKey:
				r.inUse = plan().New
				events = append(events, KeyReplaced{InUse: r.inUse})
			case Reply:
				r.replies = append(r.replies, e)
			}
		}
	}
	return false
}

func (r *rekeying) ended() (n int) {
	for _, e := range r.journal {
		if d, ok := e.(Destroyed); ok && d.ID == plan().Old && d.Check == plan().OldCheck && d.Reason == mailbox.KeyReplaced {
			n++
		}
	}
	return n
}

func TestAReplacedKeyIsInTheJournalOnce(t *testing.T) {
	r := newRekeying()
	if r.replace(1000); len(r.replies) != 1 || r.replies[0].Refused != mailbox.CodeNone || r.ended() != 1 {
		t.Fatalf("%+v, %d", r.replies, r.ended())
	}
	r.start()
	if last, any := r.core.LastReplacing(); r.ended() != 1 || !any || last != plan() {
		t.Error("it is forgotten, or told again")
	}
}

// The power fails behind every step, and then again at once: the journal tells of the
// end of a key exactly where the keystore has another.
func TestAPowerCutLeavesJournalAndKeystoreOfOneMind(t *testing.T) {
	for n := range 1000 {
		r := newRekeying()
		cut := r.replace(n)
		r.start()
		r.start()
		if want := map[bool]int{true: 1}[r.inUse == plan().New]; r.ended() != want {
			t.Errorf("cut behind %d: the journal has %d ends, the keystore %x", n, r.ended(), r.inUse)
		}
		r.replies = nil
		if r.inUse == plan().Old { // and it goes on from there
			if r.replace(1000); r.ended() != 1 {
				t.Errorf("cut behind %d: no second try", n)
			}
		}
		if !cut {
			return
		}
	}
	t.Error("it never ends")
}

func TestAHostKeyIsReplacedOnlyWhileNothingNeedsTheOldOne(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(c *Core)
		want mailbox.Code
	}{
		"a payment is under way":       {func(c *Core) { c.active = &entry{} }, mailbox.CodeBusy},
		"a reversal is pending":        {func(c *Core) { c.reversals = []*entry{{}} }, mailbox.CodeReversalMode},
		"another is under way":         {func(c *Core) { c.rekey.reply = 7 }, mailbox.CodeBusy},
		"the host has seen more of it": {func(c *Core) { c.rolledBack = true }, mailbox.CodeTampered},
	} {
		r := newRekeying()
		c.set(r.core)
		out := r.core.Step(Input{Now: time.Now(), Event: ReplaceKey{Reply: 1, Plan: plan()}})
		if len(out) != 1 || out[0].(Reply).Refused != c.want {
			t.Errorf("%s: %+v", name, out)
		}
	}
}

// An answer to the last sign-on under the old key tells its counters, which are above
// all of the new key's.
func TestAnAnswerAboutTheOldKeyIsNotHeldAgainstTheNewOne(t *testing.T) {
	r := newRekeying()
	step := func(e Event) []Effect { return r.core.Step(Input{Now: time.Now(), Event: e}) }
	step(HostUp{})
	serial := r.core.host.serial
	r.replace(1000)
	step(NetworkChecked{Serial: serial, Behind: true})
	if r.core.rolledBack {
		t.Error("the terminal takes itself for an older copy")
	}
	step(HostDown{})
	step(HostUp{})
	if r.core.host.link != linkSigningOn || r.core.host.serial == serial {
		t.Error("it does not sign on again")
	}
}

func TestAReplacementThatFailsIsToldAndKeepsTheKey(t *testing.T) {
	r := newRekeying()
	r.core.Step(Input{Now: time.Now(), Event: ReplaceKey{Reply: 1, Plan: plan()}})
	out := r.core.Step(Input{Now: time.Now(), Event: KeyReplaced{InUse: plan().Old}})
	if len(out) != 1 || out[0].(Reply).Refused != mailbox.CodeStorage || r.ended() != 0 {
		t.Errorf("%+v", out)
	}
}
