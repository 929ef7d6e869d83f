// Package doctor looks for what is wrong with a machine and with the lane on it, and
// says of each fault what it is and what to do.
//
// It changes nothing. What it looks at comes in through Machine and Lane, so that
// tests plant every fault.
//
// The operator's command imports it. It holds nothing of a card, no key and no secret;
// of a certificate it reads the dates.
package doctor

import "time"

// Result is how a check went.
type Result string

// Results, the worst last.
const (
	OK   Result = "ok"
	Warn Result = "warn" // payments go on, with less than there should be
	Fail Result = "fail" // no payment, or none of some kind, can be made
)

// Finding is what one check found.
type Finding struct {
	Check  string `json:"check"`
	Result Result `json:"result"`
	Code   string `json:"code"` // for programs; "ok" where it is
	What   string `json:"what"` // is
	Do     string `json:"do"`   // empty where there is nothing to do
}

// Report is all that was found.
type Report struct {
	Result   Result    `json:"result"` // the worst
	At       time.Time `json:"at"`
	Findings []Finding `json:"findings"`
}

// ExitCode is 0 where all is well, 1 with warnings and 2 with failures.
func (r Report) ExitCode() int { return r.Result.severity() }

func (r Result) severity() int {
	switch r {
	case OK:
		return 0
	case Warn:
		return 1
	}
	return 2
}

// Examine runs every check: of the machine, of the home, and of the lane, if one runs.
func Examine(m Machine, l Lane) Report {
	r := Report{Result: OK, At: m.Now().UTC().Truncate(time.Second)}
	for _, check := range checks() {
		for _, f := range check.look(m, l) {
			f.Check = check.name
			if f.Result.severity() > r.Result.severity() {
				r.Result = f.Result
			}
			r.Findings = append(r.Findings, f)
		}
	}
	return r
}

type check struct {
	name string
	look func(Machine, Lane) []Finding
}

func checks() []check {
	return []check{
		{"packages", packages}, {"programs", programs}, {"secret memory", secretMemory}, {"namespaces", namespaces},
		{"locked memory", lockedMemory}, {"swap", swap}, {"ports", ports}, {"clock", clock}, {"disk", disk},
		{"home", home}, {"files", files}, {"certificates", certificates},
		{"lane", running}, {"secure world", asked(secureWorld)}, {"reader", asked(reader)}, {"PIN pad", asked(pinPad)}, {"card service", cardService},
		{"acquirer", asked(acquirer)}, {"keys", asked(keys)}, {"queue", asked(queue)}, {"batch", asked(batch)}, {"journal", asked(journal)}, {"protection", asked(protection)},
	}
}

func fine(what string) []Finding { return []Finding{{Result: OK, Code: "ok", What: what}} }

func warn(code, what, do string) []Finding {
	return []Finding{{Result: Warn, Code: code, What: what, Do: do}}
}

func fail(code, what, do string) []Finding {
	return []Finding{{Result: Fail, Code: code, What: what, Do: do}}
}
