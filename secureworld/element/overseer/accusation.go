package overseer

import (
	"fmt"
	"slices"
	"time"
)

// accusation is that one of two lies, and nobody can tell which.
type accusation struct {
	accuser, accused *member
	until            time.Time
}

// other is the one beside m, nil if it is of others.
func (a *accusation) other(m *member) *member {
	switch m {
	case a.accuser:
		return a.accused
	case a.accused:
		return a.accuser
	}
	return nil
}

// liars is how many of the members may lie and the others still tell: f of 2f+1.
func (o *Overseer) liars() int { return (len(o.members) - 1) / 2 }

// fault counts an agreement that failed, and takes those who are to blame out of the
// next attempt: for good who is guilty, for a while one of two that accuse each other,
// for now who was silent.
func (o *Overseer) fault(present []*member, f *failure, skip map[*member]bool) {
	r := f.rule(len(present), o.liars())
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.aborts++; o.aborts&(o.aborts-1) == 0 {
		o.find(fmt.Sprintf("agreements that failed so far: %d", o.aborts))
	}
	if len(r.guilty)+len(r.pairs) > 0 {
		o.keepFailure(present, f)
	}
	for _, at := range r.guilty {
		o.step(present[at], Blamed, "broke an agreement, or accused falsely")
		skip[present[at]] = true
	}
	for _, at := range r.gone {
		present[at].absent = true
		skip[present[at]] = true
		o.abort(present[at], f)
	}
	for _, p := range r.pairs {
		o.accuse(present, present[p[0]], present[p[1]], skip)
	}
}

// abort counts an agreement that one made fail by silence. Silence is no lie; but who
// uses up the budget is left aside. The caller holds mu.
func (o *Overseer) abort(m *member, f *failure) {
	if !f.late() {
		return
	}
	if m.aborts++; m.aborts%abortBudget == 0 {
		o.putAside(m, "ends too many agreements")
	}
}

// accuse notes that one of two lies. Both are suspect, and one is left aside: the one
// that seldom was, the accuser where that is equal. Who stands so against more than may
// lie, lies: an honest one is accused by liars alone. Where too few would remain, both
// are tried again later. The caller holds mu.
func (o *Overseer) accuse(present []*member, accuser, accused *member, skip map[*member]bool) {
	if skip[accuser] || skip[accused] {
		return // one of them is out already
	}
	o.pair(accuser, accused)
	if o.sentence() {
		return
	}
	left := -1 // without one of the two
	for _, m := range present {
		if !skip[m] {
			left++
		}
	}
	if left < o.minimum() {
		skip[accuser], skip[accused] = true, true
		return
	}
	m := accuser
	if accused.asides < accuser.asides {
		m = accused
	}
	skip[m] = true
	o.putAside(m, "one of two that accuse each other")
}

// pair notes that two stand against each other. The caller holds mu.
func (o *Overseer) pair(accuser, accused *member) {
	now := o.config.Clock()
	o.accusations = slices.DeleteFunc(o.accusations, func(a accusation) bool {
		return !now.Before(a.until) || a.other(accuser) == accused
	})
	o.accusations = append(o.accusations, accusation{accuser, accused, now.Add(asideFor)})
	o.step(accuser, Disputed, "stands against "+accused.id)
	o.step(accused, Disputed, "stands against "+accuser.id)
}

// putAside leaves a member out of agreements for a while. The caller holds mu.
func (o *Overseer) putAside(m *member, why string) {
	m.asides++
	m.aside, m.why = o.config.Clock().Add(asideFor), why
	o.find(fmt.Sprintf("%s %s: left aside (%s)", m.id, m.identity.Make, why))
}

// refusesTooOften suspects a member, and leaves it aside if it goes on: that closes the
// channel, and a card that was pulled is no liar. The caller holds mu.
func (o *Overseer) refusesTooOften(m *member) {
	const why = "refuses too often what others answer"
	again := m.record.Health == Suspect
	o.step(m, Disputed, why)
	if again && o.epoch != nil && o.epoch.able() > o.epoch.need {
		o.putAside(m, why)
		o.newEpoch("without " + m.id + ": " + why)
	}
}

// recall lets those in again who were left aside, where too few are there without them.
// The caller holds mu.
func (o *Overseer) recall() {
	for _, m := range o.members {
		m.aside = time.Time{}
	}
}

// sentence quarantines those that stand against more members than may lie, unless
// that would be more than may lie: then the group is not what it was thought to be.
// Their victims are let in again. The caller holds mu.
func (o *Overseer) sentence() (found bool) {
	var guilty []*member
	for _, m := range o.members {
		if m.record.Health != Quarantined && len(o.against(m)) > o.liars() {
			guilty = append(guilty, m)
		}
	}
	if o.liars() == 0 || len(guilty) == 0 || len(guilty) > o.liars() {
		return false
	}
	for _, m := range guilty {
		o.step(m, Blamed, "stands against more than may lie")
		for _, victim := range o.against(m) {
			victim.aside = time.Time{}
		}
		o.accusations = slices.DeleteFunc(o.accusations, func(a accusation) bool { return a.other(m) != nil })
	}
	return true
}

// against are those who accuse a member or whom it accuses, each once. The caller holds
// mu.
func (o *Overseer) against(m *member) (others []*member) {
	for i := range o.accusations {
		if other := o.accusations[i].other(m); other != nil && !slices.Contains(others, other) {
			others = append(others, other)
		}
	}
	return others
}

// isAside tells whether a member is left out of agreements now.
func (m *member) isAside(now time.Time) bool { return now.Before(m.aside) }
