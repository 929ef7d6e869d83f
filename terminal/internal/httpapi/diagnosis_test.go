package httpapi

import (
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/internal/standin"
)

// Each fault is found by one check, in which it has its own code and something to do.
func TestEveryFaultHasItsCodeAndSomethingToDo(t *testing.T) {
	for code, c := range map[string]struct {
		check, result string
		spoil         func(*examined)
	}{
		"ok":                     {"reader", checkOK, func(*examined) {}},
		"secure_world_down":      {"secure_world", checkFail, func(e *examined) { e.up = false }},
		"not_asked":              {"reader", checkUnknown, func(e *examined) { e.up = false }},
		"booting":                {"secure_world", checkWarn, func(e *examined) { e.about.State = payment.TerminalStateBooting }},
		"tampered":               {"secure_world", checkFail, func(e *examined) { e.about.State = payment.TerminalStateTampered }},
		"needs_attention":        {"secure_world", checkFail, func(e *examined) { e.about.State = payment.TerminalStateNeedsAttention }},
		"not_isolated":           {"isolation", checkFail, func(e *examined) { e.about.Isolation = payment.IsolationNone }},
		"reader_unavailable":     {"reader", checkFail, func(e *examined) { e.about.ReaderConnected = false }},
		"pinpad_unavailable":     {"pinpad", checkFail, func(e *examined) { e.about.PINPadConnected = false }},
		"key_exhausted":          {"keys", checkFail, func(e *examined) { e.about.State = payment.TerminalStateKeyExhausted }},
		"keys_low":               {"keys", checkWarn, func(e *examined) { e.keys = []mailbox.KeyLine{{}, {Low: true}} }},
		"not_told":               {"keys", checkUnknown, func(e *examined) { e.keysOK = false }},
		"acquirer_refused":       {"acquirer", checkFail, func(e *examined) { e.about.HostRefusal, e.about.HostSignedOn = 1, false }},
		"acquirer_away":          {"acquirer", checkWarn, func(e *examined) { e.about.HostSignedOn = false }},
		"reversal_stuck":         {"queue", checkFail, func(e *examined) { e.about.NeedsAttention = true }},
		"reversals_pending":      {"queue", checkWarn, func(e *examined) { e.about.PendingReversals = 1 }},
		"journal_broken":         {"journal", checkFail, func(e *examined) { e.journal = false }},
		"clock_wrong":            {"clock", checkFail, func(e *examined) { e.clock.now = time.Unix(0, 0) }},
		"clock_not_told":         {"clock", checkUnknown, func(e *examined) { e.clock.known = false }},
		"clock_not_synchronised": {"clock", checkWarn, func(e *examined) { e.clock.synchronised = false }},
	} {
		e := examined{up: true, about: standin.Ready(), keysOK: true, journal: true,
			clock: clockState{now: time.Now(), known: true, synchronised: true}}
		c.spoil(&e)
		for _, f := range e.findings() {
			if (f.Result == checkOK) != (f.Action == "") || f.Code == "" {
				t.Errorf("%s: %+v", code, f)
			}
			if f.Check == c.check && (f.Code != code || f.Result != c.result) {
				t.Errorf("%s: found %+v", code, f)
			}
			if c.result == checkOK && f.Result != checkOK {
				t.Errorf("a sound terminal: %+v", f)
			}
		}
	}
}
