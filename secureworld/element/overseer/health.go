package overseer

import "time"

// Health is how far an element is trusted.
type Health uint8

// Healths.
const (
	Healthy     Health = iota // asked, and counted
	Suspect                   // asked, and counted, and asked again
	Quarantined               // not in the group
	Probation                 // a shadow: in the group, asked, and not counted
)

func (h Health) String() string {
	switch h {
	case Healthy:
		return "healthy"
	case Suspect:
		return "suspect"
	case Quarantined:
		return "quarantined"
	case Probation:
		return "probation"
	}
	return "unknown"
}

// Event is what an overseer learns of an element.
type Event uint8

// Events.
const (
	Agreed    Event = iota // said what the majority said
	Differed               // said other than another; no majority tells who is wrong
	Wrong                  // a majority said otherwise
	Confirmed              // asked again, it signed what the majority does not say, or would not sign
	Blamed                 // broke an agreement, or no authority vouches for it
	Disputed               // it or another lies, and nobody can tell which
	Needed                 // on probation, while too few are left without it
	Readmit                // the operator begins probation, of this element or of one in its place
)

// Effect is what follows from a step.
type Effect uint8

// Effects.
const (
	NoEffect Effect = iota
	AskAgain        // have all testify to the question
	Exclude         // begin an epoch without it
	Admit           // begin an epoch with it as a shadow
	Promote         // begin an epoch in which it counts
)

// Rules are the numbers of the health machine.
type Rules struct {
	Window      time.Duration // how long a disagreement is held against an element
	Differences int           // that many in one window make suspect, without a majority
	Wrongs      int           // that many in one window quarantine, confirmed or not
	Clean       int           // that many right answers end a probation
}

// DefaultRules are those of a running group.
func DefaultRules() Rules {
	return Rules{Window: time.Minute, Differences: 3, Wrongs: 3, Clean: 256}
}

// Record is what is held about an element. The zero Record is that of a healthy one.
type Record struct {
	Health   Health
	Differed []time.Time // within the window
	Wrong    []time.Time // within the window
	Clean    int         // right answers on probation
}

// Step takes one event at a time: it returns the record that follows and what is to be
// done. It changes nothing else.
func Step(r Record, e Event, now time.Time, rules Rules) (Record, Effect) {
	r.Differed, r.Wrong = within(r.Differed, now, rules.Window), within(r.Wrong, now, rules.Window)
	switch r.Health {
	case Healthy:
		return stepHealthy(r, e, now, rules)
	case Suspect:
		return stepSuspect(r, e, now, rules)
	case Quarantined:
		return stepQuarantined(r, e)
	case Probation:
		return stepProbation(r, e, now, rules)
	}
	return r, NoEffect
}

// stepHealthy: one wrong answer, or some unexplained differences, make suspect.
func stepHealthy(r Record, e Event, now time.Time, rules Rules) (Record, Effect) {
	switch e {
	case Differed:
		r.Differed = append(r.Differed, now)
		if len(r.Differed) >= rules.Differences {
			r.Health = Suspect
		}
		return r, AskAgain
	case Wrong:
		r.Health, r.Wrong = Suspect, append(r.Wrong, now)
		if len(r.Wrong) >= rules.Wrongs {
			return quarantine()
		}
		return r, AskAgain
	case Disputed:
		r.Health, r.Differed = Suspect, append(r.Differed, now)
	case Confirmed, Blamed:
		return quarantine()
	case Agreed, Needed, Readmit:
	}
	return r, NoEffect
}

// stepSuspect: confirmed, or wrong too often, is out; a quiet window clears.
func stepSuspect(r Record, e Event, now time.Time, rules Rules) (Record, Effect) {
	switch e {
	case Agreed:
		if len(r.Differed) == 0 && len(r.Wrong) == 0 {
			return Record{}, NoEffect
		}
	case Disputed:
		r.Differed = append(r.Differed, now)
	case Differed:
		r.Differed = append(r.Differed, now)
		return r, AskAgain
	case Wrong:
		r.Wrong = append(r.Wrong, now)
		if len(r.Wrong) >= rules.Wrongs {
			return quarantine()
		}
		return r, AskAgain
	case Confirmed, Blamed:
		return quarantine()
	case Needed, Readmit:
	}
	return r, NoEffect
}

// stepQuarantined: the operator alone ends it.
func stepQuarantined(r Record, e Event) (Record, Effect) {
	if e == Readmit {
		return Record{Health: Probation}, Admit
	}
	return r, NoEffect
}

// stepProbation: enough right answers end it well, one that is not ends it. Where too
// few are left to answer anything, it counts at once, as a suspect: nothing leaves on
// which another does not agree.
func stepProbation(r Record, e Event, now time.Time, rules Rules) (Record, Effect) {
	switch e {
	case Needed:
		return Record{Health: Suspect, Differed: []time.Time{now}}, Promote
	case Agreed:
		r.Clean++
		if r.Clean >= rules.Clean {
			return Record{}, Promote
		}
	case Wrong, Confirmed, Blamed:
		return quarantine()
	case Differed, Disputed, Readmit:
	}
	return r, NoEffect
}

func quarantine() (Record, Effect) { return Record{Health: Quarantined}, Exclude }

// within returns those times that the window still holds, in new memory: a Record is a
// value.
func within(times []time.Time, now time.Time, window time.Duration) []time.Time {
	var kept []time.Time
	for _, t := range times {
		if now.Sub(t) < window {
			kept = append(kept, t)
		}
	}
	return kept
}
