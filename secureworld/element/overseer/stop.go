package overseer

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// In dual mode two that sign different answers stop their group: within it nobody can
// tell who is wrong. The stop outlives its overseer as a file in the evidence folder
// that names the two. It ends when
//
//	a third element joins          the majority of three tells from then on
//	the operator arbitrates        the file goes, and the liar's quarantine file is there
//	the operator finds no liar     the file goes, and both are suspect
//
// The operator knows from outside the group: a client that asked another group names
// whose vote was for another answer (package pool), or an auditor does. Who is left
// alone serves only where Config.Alone says so, and its epochs say that they are of mode
// single: a client that wants two votes is not deceived.

// StopFile is the file that keeps a group stopped.
func StopFile(folder string) string { return filepath.Join(folder, "stopped") }

// Stopped returns the ids of the two for whom a group is stopped, nil if it is not.
func Stopped(folder string) []string {
	b, err := os.ReadFile(StopFile(folder))
	if err != nil || len(b) > maxPicture {
		return nil
	}
	return strings.Fields(string(b))
}

// stopFor stops the group for two that differ. The caller holds mu.
func (o *Overseer) stopFor(a, b *member) {
	if o.stopped {
		return
	}
	o.stopped, o.state, o.reason = true, "stopped", "two elements sign different answers"
	o.stopFiled = o.config.Evidence != "" && os.WriteFile(StopFile(o.config.Evidence), []byte(a.id+"\n"+b.id+"\n"), 0o600) == nil
	o.find("stopped: two elements sign different answers")
	o.step(a, Disputed, "signs otherwise than "+b.id)
	o.step(b, Disputed, "signs otherwise than "+a.id)
}

// goOn ends a stop; an epoch follows. The caller holds mu.
func (o *Overseer) goOn(why string) {
	if !o.stopped {
		return
	}
	o.stopped, o.stopFiled, o.state, o.reason = false, false, "agreeing", ""
	if o.config.Evidence != "" {
		_ = os.Remove(StopFile(o.config.Evidence))
	}
	o.find("goes on: " + why)
}

// arbitrated does what the operator decided: who has a file of quarantine is out, and
// the stop whose file is gone ends, with a new epoch.
func (o *Overseer) arbitrated() {
	if o.config.Evidence == "" {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.members {
		if m.record.Health != Quarantined && m.key != nil && o.heldBack(m.id) {
			o.step(m, Confirmed, "by the operator")
		}
	}
	if o.stopped && o.stopFiled && Stopped(o.config.Evidence) == nil {
		o.goOn("the operator arbitrated")
		o.newEpoch("the operator arbitrated")
	}
}

// modeNow is the mode of the next epoch: single where one element of two is left with
// the operator's leave. The caller holds mu.
func (o *Overseer) modeNow() door.Mode {
	if o.alone() {
		return door.ModeSingle
	}
	return o.config.Mode
}

// alone tells whether one of two is left because the other lied, and may go on. One that
// merely is silent leaves nobody alone, or whoever cuts a line could choose who answers.
// The caller holds mu.
func (o *Overseer) alone() bool {
	return o.config.Alone && o.config.Mode == door.ModeDual && o.trusted() == 1 && len(o.members) > 1
}

// Arbitrate ends the stop of a group, for its operator: liar is the id of the one of
// the two that lied, empty if neither did.
func Arbitrate(folder, liar string) error {
	two := Stopped(folder)
	if two == nil {
		return errors.New("overseer: the group is not stopped")
	}
	if liar != "" {
		if !slices.Contains(two, liar) || filepath.Base(liar) != liar {
			return errors.New("overseer: the group is not stopped for that element")
		}
		if err := os.WriteFile(QuarantineFile(folder, liar), []byte("by the operator\n"), 0o600); err != nil {
			return errors.New("overseer: writing the quarantine")
		}
	}
	if os.Remove(StopFile(folder)) != nil {
		return errors.New("overseer: the stop stays on file")
	}
	return nil
}
