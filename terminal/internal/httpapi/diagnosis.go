package httpapi

import (
	"net/http"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Results of a check.
const (
	checkOK      = "ok"
	checkWarn    = "warn"    // payments go on, with less than there should be
	checkFail    = "fail"    // no payment, or none of some kind, can begin
	checkUnknown = "unknown" // it could not be asked
)

// diagnosisView is what a terminal finds when it looks at itself.
type diagnosisView struct {
	Result string    `json:"result"` // the worst of the checks
	At     time.Time `json:"at"`
	Checks []finding `json:"checks"`
}

// finding is one check: its result, a code for programs, and words for people.
type finding struct {
	Check  string `json:"check"`
	Result string `json:"result"`
	Code   string `json:"code"`
	Action string `json:"action"` // what to do; empty where there is nothing to do
}

// examined is all that a diagnosis knows.
type examined struct {
	up      bool // the secure world answers
	about   mailbox.Description
	keys    []mailbox.KeyLine
	keysOK  bool // the list of keys was to be had
	journal bool // it takes writes
	clock   clockState
}

// diagnose asks the secure world afresh; it is for people who look for a fault, and
// moves nothing.
func (a *api) diagnose(w http.ResponseWriter, r *http.Request) {
	if err := unlimited(w, 3*writeLimit); err != nil { // the mailbox calls may outlast the ordinary limit
		a.fail(w, r, err)
		return
	}
	d, err := a.cfg.Lane.Describe()
	e := examined{up: err == nil, about: d, journal: !a.cfg.Journal.Broken(), clock: clockNow()}
	if e.up {
		e.keys, err = a.cfg.Lane.Keys()
		e.keysOK = err == nil
	}
	v := diagnosisView{Result: checkOK, At: time.Now().UTC().Truncate(time.Millisecond), Checks: e.findings()}
	for _, f := range v.Checks {
		if severity(f.Result) > severity(v.Result) {
			v.Result = f.Result
		}
	}
	answer(w, http.StatusOK, v)
}

func severity(result string) int {
	return map[string]int{checkOK: 0, checkUnknown: 1, checkWarn: 2, checkFail: 3}[result]
}

func (e examined) findings() []finding {
	checks := []struct {
		name   string
		remote bool // only the secure world knows
		look   func() finding
	}{
		{"secure_world", true, e.secureWorld}, {"isolation", true, e.isolation}, {"reader", true, e.reader}, {"pinpad", true, e.pinpad},
		{"keys", true, e.keyring}, {"acquirer", true, e.acquirer}, {"queue", true, e.queue},
		{"journal", false, e.log}, {"clock", false, e.clock.finding},
	}
	var all []finding
	for _, c := range checks {
		f := finding{Result: checkUnknown, Code: "not_asked", Action: "First bring back the secure world."}
		switch {
		case e.up || !c.remote:
			f = c.look()
		case c.name == "secure_world":
			f = finding{Result: checkFail, Code: "secure_world_down", Action: "Start the secure world, and see that its mailbox is where the terminal looks for it."}
		}
		f.Check = c.name
		all = append(all, f)
	}
	return all
}

func good() finding { return finding{Result: checkOK, Code: "ok"} }

func (e examined) secureWorld() finding {
	switch e.about.State {
	case payment.TerminalStateBooting:
		return finding{Result: checkWarn, Code: "booting", Action: "Wait: it is starting and signs on."}
	case payment.TerminalStateTampered:
		return finding{Result: checkFail, Code: "tampered", Action: "Take the terminal out of use and call whoever provisioned it. Its keys are erased."}
	case payment.TerminalStateNeedsAttention:
		return finding{Result: checkFail, Code: "needs_attention", Action: "Look at the queue: somebody must clear it up with the acquirer."}
	}
	return good()
}

func (e examined) isolation() finding {
	if e.about.Isolation == payment.IsolationNone {
		return finding{Result: checkFail, Code: "not_isolated", Action: "The secure world runs without isolation, which is for development alone. Start it with an isolation level."}
	}
	return good()
}

func (e examined) reader() finding {
	if !e.about.ReaderConnected {
		return finding{Result: checkFail, Code: "reader_unavailable", Action: "Plug in the card reader and start its program."}
	}
	return good()
}

func (e examined) pinpad() finding {
	if !e.about.PINPadConnected {
		return finding{Result: checkFail, Code: "pinpad_unavailable", Action: "Connect the PIN pad and start its program."}
	}
	return good()
}

func (e examined) keyring() finding {
	low := e.about.HostKeysLeft < mailbox.LowKeys
	for _, k := range e.keys {
		low = low || k.Low
	}
	switch {
	case e.about.State == payment.TerminalStateKeyExhausted:
		return finding{Result: checkFail, Code: "key_exhausted", Action: "Load a new key: none is left to send with."}
	case low:
		return finding{Result: checkWarn, Code: "keys_low", Action: "Have new keys loaded soon; the list of keys says which."}
	case !e.keysOK:
		return finding{Result: checkUnknown, Code: "not_told", Action: "Ask again: the list of keys did not come."}
	}
	return good()
}

func (e examined) acquirer() finding {
	switch {
	case e.about.HostRefusal != payment.HostRefusal(0):
		return finding{Result: checkFail, Code: "acquirer_refused", Action: "The acquirer refuses this terminal: " + e.about.HostRefusal.String() + ". Call it."}
	case !e.about.HostSignedOn:
		return finding{Result: checkWarn, Code: "acquirer_away", Action: "Look at the network to the acquirer. Payments may go on offline within their limits."}
	}
	return good()
}

func (e examined) queue() finding {
	switch {
	case e.about.NeedsAttention:
		return finding{Result: checkFail, Code: "reversal_stuck", Action: "A reversal has failed six times. Call the acquirer with the payment's RRN."}
	case e.about.PendingReversals > 0:
		return finding{Result: checkWarn, Code: "reversals_pending", Action: "Wait: they are sent as soon as the acquirer answers."}
	}
	return good()
}

func (e examined) log() finding {
	if !e.journal {
		return finding{Result: checkFail, Code: "journal_broken", Action: "Look at the disk, then start the terminal again."}
	}
	return good()
}
