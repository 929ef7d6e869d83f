package overseer

import (
	"context"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	client "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// part is those questions of a frame that as many members are asked.
type part struct {
	mode      door.Mode
	at        []int // places in the frame
	questions []door.Question
}

// parts splits questions by how many members are asked: what one may answer alone, and
// the rest.
func (o *Overseer) parts(e *epoch, at []int, ours []door.Question) []part {
	if e == nil || len(ours) == 0 {
		return nil
	}
	all := part{e.mode, at, ours}
	if o.config.Policy != door.PolicyCheap {
		return []part{all}
	}
	alone, rest := part{mode: door.ModeSingle}, part{mode: e.mode}
	for i := range ours {
		p := &rest
		if door.Alone(o.config.Policy, e.mode, ours[i].Verb) {
			p = &alone
		}
		p.at, p.questions = append(p.at, at[i]), append(p.questions, ours[i])
	}
	switch {
	case len(alone.at) == 0:
		return []part{all}
	case len(rest.at) == 0:
		return []part{alone}
	}
	return []part{rest, alone}
}

// carry asks the parts of a frame, at once where there are two.
func (o *Overseer) carry(ctx context.Context, e *epoch, parts []part, releases []client.Release) {
	var wg sync.WaitGroup
	for i, p := range parts {
		if i == len(parts)-1 {
			o.carryOne(ctx, e, p, releases)
			break
		}
		wg.Go(func() { o.carryOne(ctx, e, p, releases) })
	}
	wg.Wait()
}

// carryOne asks one part, in as many frames as that takes.
func (o *Overseer) carryOne(ctx context.Context, e *epoch, p part, releases []client.Release) {
	for len(p.questions) > 0 {
		n := fits(p.questions)
		for i, r := range o.put(ctx, e, p.mode, p.questions[:n]) {
			releases[p.at[i]] = r
		}
		p.at, p.questions = p.at[n:], p.questions[n:]
	}
}

// expose counts what is released on one member's word since another said the same: as
// many answers may be wrong when it is found to lie. It is called when they leave.
func (o *Overseer) expose(b *batch) {
	o.aloneIn(b, func(_ int, m *member) { m.unaudited++ })
}

// cleared ends that for those with whom another agreed on all of a frame.
func (o *Overseer) cleared(b *batch) {
	differs := map[*member]bool{}
	o.aloneIn(b, func(q int, m *member) {
		differs[m] = differs[m] || b.alike(q, b.decided[q].winner) < 2
	})
	o.aloneIn(b, func(_ int, m *member) {
		if !differs[m] {
			m.unaudited = 0
		}
	})
}

// aloneIn finds who is believed alone, by question.
func (o *Overseer) aloneIn(b *batch, f func(q int, m *member)) {
	if b.mode != door.ModeSingle {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for q := range b.decided {
		if d := b.decided[q]; d.done && d.winner >= 0 {
			f(q, b.epoch.members[d.winner])
		}
	}
}
