package overseer

import "fmt"

// step feeds one event to a member's health and does what follows, except asking again,
// which is left to the caller. The caller holds mu.
func (o *Overseer) step(m *member, e Event, why string) Effect {
	before := m.record.Health
	r, effect := Step(m.record, e, o.config.Clock(), o.config.Rules)
	m.record = r
	if r.Health != before {
		m.why = why
		o.find(fmt.Sprintf("%s %s: %s (%s)", m.id, m.identity.Make, r.Health, why))
	}
	switch effect {
	case Exclude:
		if m.unaudited > 0 {
			o.find(fmt.Sprintf("%s: %d answers went out on its word alone since another said the same", m.id, m.unaudited))
			m.unaudited = 0
		}
		m.held, m.filed = m.id, o.holdBack(m.id, why)
		o.newEpoch("without " + m.id + ": " + why)
	case Admit, Promote:
		m.since = o.last + 1 // what is still found out about earlier epochs is past
		m.held, m.filed = "", false
		o.newEpoch(m.id + " is on " + r.Health.String())
	case NoEffect, AskAgain:
	}
	return effect
}

// trusted is how many members may decide. The caller holds mu.
func (o *Overseer) trusted() (n int) {
	for _, m := range o.members {
		if m.record.Health != Quarantined && m.record.Health != Probation {
			n++
		}
	}
	return n
}

// Readmit begins the probation of the element in quarantine that has this id, or of the
// one that stands in its place now; false: there is none.
func (o *Overseer) Readmit(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.members {
		if m.record.Health == Quarantined && m.held == id {
			o.letGo(id)
			o.step(m, Readmit, "by the operator")
			if o.trusted() < o.minimum() {
				o.step(m, Needed, "too few are left without it")
			}
			return true
		}
	}
	return false
}
