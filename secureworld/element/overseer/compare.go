package overseer

import (
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// verdict is how one member's answers to a batch stand to what was decided.
type verdict struct {
	agreed   int
	wrong    int // a majority says otherwise
	differed int // another says otherwise
	refused  int // answered by a majority, refused by this one
	lost     int // refused for what this one lacks, and decided by nobody
	example  int // a question that is disputed; -1: none
	code     door.Code
}

// compare holds those who have answered, and were not compared yet, against what was
// decided.
func (o *Overseer) compare(b *batch) {
	disputed := -1
	for i := range b.epoch.members {
		if b.answers[i] == nil || b.settled[i] {
			continue
		}
		b.settled[i] = true
		v := b.judge(i)
		if o.hold(b, i, v) {
			disputed = v.example
		}
	}
	if disputed >= 0 {
		o.investigate(b, disputed)
	}
}

// judge compares one member's answers with those that are right, as far as that is
// known.
func (b *batch) judge(member int) verdict {
	v := verdict{example: -1}
	for q := range b.decided {
		mine := &b.answers[member][q]
		at, proven := b.right(q)
		switch {
		case at < 0 && local(mine.Code):
			v.lost, v.code = v.lost+1, mine.Code
		case at < 0:
			if b.disputed(q) && mine.Code == door.CodeAnswered {
				v.differed, v.example = v.differed+1, q
			}
		case same(mine, &b.answers[at][q]):
			v.agreed++
		case mine.Code != b.answers[at][q].Code:
			v.refused, v.code = v.refused+1, mine.Code
		case mine.Code != door.CodeAnswered:
		case proven:
			v.wrong, v.example = v.wrong+1, q
		default:
			v.differed, v.example = v.differed+1, q
		}
	}
	return v
}

// right is whose answer is taken for right: one that more than half of the members
// share, else the one that was released; -1: nobody's.
func (b *batch) right(q int) (member int, proven bool) {
	if b.mode != door.ModeQuorum {
		for i := range b.epoch.members {
			if b.answers[i] != nil && b.alike(q, i) > len(b.epoch.members)/2 {
				return i, true
			}
		}
	}
	return b.decided[q].winner, b.mode != door.ModeSingle && b.decided[q].winner >= 0
}

// alike is how many members say what this one says.
func (b *batch) alike(q, member int) (n int) {
	for i := range b.epoch.members {
		if b.answers[i] != nil && same(&b.answers[i][q], &b.answers[member][q]) {
			n++
		}
	}
	return n
}

// unclear tells whether members differ of whom no majority is known.
func (b *batch) unclear() bool {
	for q := range b.decided {
		if _, proven := b.right(q); !proven && b.disputed(q) {
			return true
		}
	}
	return false
}

// disputed tells whether members answered a question differently.
func (b *batch) disputed(q int) bool {
	var first *door.Answer
	for i := range b.epoch.members {
		if b.answers[i] == nil || b.answers[i][q].Code != door.CodeAnswered {
			continue
		}
		if a := &b.answers[i][q]; first == nil {
			first = a
		} else if !same(first, a) {
			return true
		}
	}
	return false
}

// hold steps a member's health by a verdict, and tells whether members shall testify.
func (o *Overseer) hold(b *batch, at int, v verdict) (dispute bool) {
	m := b.epoch.members[at]
	o.mu.Lock()
	defer o.mu.Unlock()
	if m.record.Health == Quarantined || b.epoch.number < m.since {
		return false
	}
	effect, other := NoEffect, NoEffect
	switch {
	case v.wrong > 0:
		m.wrong += uint64(v.wrong)
		o.differences += uint64(v.wrong)
		effect = o.step(m, Wrong, "answered otherwise than a majority")
	case v.differed > 0:
		o.differences += uint64(v.differed)
		effect = o.step(m, Differed, "answered otherwise than another")
		if w := b.decided[v.example].winner; w >= 0 {
			other = o.step(b.epoch.members[w], Differed, "answered otherwise than another")
		}
	case m.record.Health != Healthy:
		for range v.agreed {
			o.step(m, Agreed, "answers with the majority")
		}
	}
	if v.refused > 0 {
		o.refusal(m, v)
	}
	if v.refused+v.lost > 0 {
		o.help(b, m, v.code)
	}
	return effect == AskAgain || effect == Exclude || other == AskAgain
}

// refusal takes a member's refusals from its budget. The caller holds mu.
func (o *Overseer) refusal(m *member, v verdict) {
	now := o.config.Clock()
	if now.After(m.windowEnd) {
		m.refusals, m.windowEnd = 0, now.Add(o.config.Rules.Window)
	}
	m.refusals += v.refused
	m.refused += uint64(v.refused)
	if m.refusals > refusalBudget {
		m.refusals = 0
		o.refusesTooOften(m)
	}
}

// help sees what a member that refuses lacks: it may have missed a session, or lost the
// epoch. The caller holds mu.
func (o *Overseer) help(b *batch, m *member, code door.Code) {
	switch code {
	case door.CodeSession:
		session := b.questions[0].Session
		o.wg.Go(func() { o.reopen(m, b.epoch, session) })
	case door.CodeEpoch, door.CodeState:
		m.reset = m.reset || b.epoch == o.epoch
	}
}
