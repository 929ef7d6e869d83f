package overseer

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// Ask puts questions to the members and returns one release for each, as soon as enough
// members agree on all of them. Questions of an epoch that is over, of another group or
// outside the common set are not asked.
func (o *Overseer) Ask(ctx context.Context, questions []door.Question) ([]client.Release, error) {
	if len(questions) == 0 || len(questions) > door.MaxQuestions {
		return nil, door.CodeMalformed
	}
	releases := make([]client.Release, len(questions))
	for _, e := range o.serving() {
		at, ours := o.sort(e, questions, releases)
		o.carry(ctx, e, o.parts(e, at, ours), releases)
	}
	o.count(questions, releases)
	return releases, nil
}

// serving are the epochs that may be asked: none while the group is stopped.
func (o *Overseer) serving() []*epoch {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.epoch == nil || o.stopped:
		return []*epoch{nil}
	case o.old == nil:
		return []*epoch{o.epoch}
	}
	return []*epoch{o.epoch, o.old}
}

// sort picks the questions of one epoch, and refuses those that it cannot take. What
// another epoch takes is overwritten later.
func (o *Overseer) sort(e *epoch, questions []door.Question, releases []client.Release) (at []int, ours []door.Question) {
	if e != nil {
		at, ours = make([]int, 0, len(questions)), make([]door.Question, 0, len(questions))
	}
	for i := range questions {
		q := &questions[i]
		switch {
		case e == nil:
			releases[i].Code = door.CodeUnavailable
		case q.Group != o.group || q.Epoch != e.number:
			if releases[i].Code == door.CodeAnswered && releases[i].Votes == nil {
				releases[i].Code = door.CodeEpoch
			}
		case q.Verb > 31 || e.verbs>>q.Verb&1 == 0:
			releases[i].Code = door.CodeVerb
		default:
			at, ours = append(at, i), append(ours, *q)
		}
	}
	return at, ours
}

// fits is how many of the questions fit one frame.
func fits(questions []door.Question) int {
	const count = 3
	size := count
	for i := range questions {
		if size += questions[i].Size(); size > door.MaxBody {
			return i
		}
	}
	return len(questions)
}

func (o *Overseer) count(questions []door.Question, releases []client.Release) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.questions += uint64(len(releases))
	for i := range releases {
		if v := questions[i].Verb; int(v) < len(o.verbs) {
			o.verbs[v]++
		}
		if releases[i].Code == door.CodeAnswered {
			o.released++
		} else {
			o.refusedAll++
		}
	}
}

// put asks one frame of questions. What comes later than the release is compared too.
func (o *Overseer) put(ctx context.Context, e *epoch, mode door.Mode, questions []door.Question) []client.Release {
	b := newBatch(e, mode, questions, time.Now())
	done := make(chan []client.Release, 1)
	if !o.spawn(func(ctx context.Context) { o.collect(ctx, b, done) }) {
		return b.releases()
	}
	select {
	case releases := <-done:
		return releases
	case <-ctx.Done():
		out := make([]client.Release, len(questions))
		for i := range out {
			out[i].Code = door.CodeUnavailable
		}
		return out
	}
}

// reply is what one member says to a batch; nil: nothing.
type reply struct {
	member  int
	answers []door.Answer
}

// collect asks as many members as the mode wants, and more where one fails or is slow,
// until every question is decided; then it waits for the rest, to compare.
func (o *Overseer) collect(ctx context.Context, b *batch, done chan<- []client.Release) {
	order, width, extra := o.plan(b)
	replies := make(chan reply, door.MaxMembers)
	pending := 0
	ask := func(member int, counts bool) {
		b.counts[member] = counts
		pending++
		o.spawn(func(ctx context.Context) { replies <- reply{member, o.exchange(ctx, b, member)} })
	}
	more := func() {
		if width < len(order) && b.open > 0 {
			ask(order[width], true)
			width++
		}
	}
	for _, member := range order[:width] {
		ask(member, true)
	}
	for _, member := range extra {
		ask(member, false)
	}
	slow := time.NewTimer(hedge)
	defer slow.Stop()
	for {
		if pending == 0 && width < len(order) && b.unclear() {
			for ; width < len(order); width++ { // the others are asked who is right
				ask(order[width], false)
			}
		}
		if pending == 0 {
			break
		}
		select {
		case r := <-replies:
			pending--
			if r.answers != nil {
				b.add(r.member, r.answers)
			}
			if r.answers == nil || b.mode == door.ModeSingle {
				more()
			}
			o.settle(b, done)
		case <-slow.C:
			more()
		case <-ctx.Done():
			if !b.released {
				done <- b.releases()
			}
			return
		}
	}
	o.finish(b, done)
}

// settle releases once all is decided, and compares whoever has answered with that,
// unless more have to be heard for it.
func (o *Overseer) settle(b *batch, done chan<- []client.Release) {
	if b.open > 0 {
		return
	}
	if !b.released {
		b.released = true
		o.expose(b)
		done <- b.releases()
	}
	if !b.unclear() {
		o.compare(b)
	}
}

// finish releases what is decided where all were heard and some questions are not.
func (o *Overseer) finish(b *batch, done chan<- []client.Release) {
	if !b.released {
		b.released = true
		o.expose(b)
		done <- b.releases()
	}
	for q := range b.decided {
		if !b.decided[q].done {
			b.settle(q, -1)
		}
	}
	o.compare(b)
	o.cleared(b)
}
