//go:build linux

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/attestation"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/licence"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

func TestASessionEndsWhenItsProgramIsFoundChanged(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	digest := [32]byte{0xAB}
	l := licence.Licence{Executables: []string{"ab" + strings.Repeat("00", 31)}}
	for name, c := range map[string]struct {
		found handover.Measured
		ends  bool
		want  attestation.AppState
	}{
		"unchanged":                  {handover.Measured{ID: 1, Verdict: handover.VerdictUnchanged, Digest: digest}, false, attestation.AppMeasured},
		"another, which boot let by": {handover.Measured{ID: 1, Verdict: handover.VerdictUnchanged, Digest: [32]byte{1}}, true, attestation.AppChanged},
		"foreign code":               {handover.Measured{ID: 1, Verdict: handover.VerdictForeign, Digest: digest}, true, attestation.AppChanged},
		"traced":                     {handover.Measured{ID: 1, Verdict: handover.VerdictTraced, Digest: digest}, true, attestation.AppChanged},
		"ended":                      {handover.Measured{ID: 1, Verdict: handover.VerdictEnded}, true, attestation.AppNone},
		"another session's":          {handover.Measured{ID: 2, Verdict: handover.VerdictForeign}, false, attestation.AppMeasured},
	} {
		a, hung := newAppWorld(), 0
		a.enter(1, attestation.App{State: attestation.AppMeasured, Digest: digest, Time: now}, func() { hung++ })
		if ended := a.measured(c.found, l, now.Add(time.Minute)); ended != c.ends || (hung == 1) != c.ends {
			t.Errorf("%s: ended %v, hung up %d times", name, ended, hung)
		}
		if got := a.state(); got.State != c.want {
			t.Errorf("%s: %v, want %v", name, got.State, c.want)
		}
		if c.ends && a.measured(c.found, l, now) {
			t.Errorf("%s: ended twice", name)
		}
	}
}

func TestAMeasurementThatIsUnchangedRenewsItsTime(t *testing.T) {
	a := newAppWorld()
	a.enter(1, attestation.App{State: attestation.AppMeasured, Digest: [32]byte{0xAB}, Time: time.Unix(1, 0)}, func() {})
	later := time.Unix(100, 0)
	a.measured(handover.Measured{ID: 1, Verdict: handover.VerdictUnchanged, Digest: [32]byte{0xAB}}, licence.Licence{Executables: []string{"ab" + strings.Repeat("00", 31)}}, later)
	if got := a.state(); !got.Time.Equal(later) {
		t.Errorf("%v", got.Time)
	}
	a.leave(1)
	if a.measured(handover.Measured{ID: 1, Verdict: handover.VerdictForeign}, licence.Licence{}, later) {
		t.Error("a session that had ended was ended")
	}
}

// The host's reasons reach the app world under the same words.
func TestTheAppWorldIsToldTheHostsReasons(t *testing.T) {
	for n := range 256 {
		reason, refusal := attestation.Reason(n), payment.HostRefusal(n)
		if reason.Valid() != refusal.Valid() || reason.Valid() && reason.String() != refusal.String() {
			t.Errorf("%d: %q and %q", n, reason, refusal)
		}
	}
}
