// Package bustest stands in for MCUs of groups and for their clients in tests of the
// bus: a group that answers after a delay like that of smart cards, and a client that
// asks elsewhere when it gets no answer. There are no keys in it and nothing is sealed.
package bustest

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	group "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// Group is an MCU whose members answer one question at a time. It refuses a counter
// that it has seen in its session, as members do.
type Group struct {
	Branch, Name string
	Epoch        uint32
	Delay        func(n uint64) time.Duration // of the n-th question; nil: none
	Makes        []string

	cards    sync.Mutex // held while the members work
	mu       sync.Mutex
	seen     map[group.SessionID]map[uint64]bool // guarded by mu
	answered atomic.Uint64
}

// SmartCard is how long a card takes for its n-th operation: 70 to 190 ms, 130 on
// average, as published for a JCOP4 J3R180 that derives a PIN key at eight set bits
// (7.7 a second). Every card takes the same 64 times, each once in 64 operations, in an
// order of its seed's: cards differ at every moment, and no card is faster than another.
// scale divides it, so that tests need not wait.
func SmartCard(seed uint64, scale int) func(n uint64) time.Duration {
	order := rand.New(rand.NewPCG(seed, 0)).Perm(64) //nolint:gosec // nothing secret
	return func(n uint64) time.Duration {
		step := time.Duration(order[n%64])
		return (70*time.Millisecond + step*120*time.Millisecond/63) / time.Duration(scale)
	}
}

// Answered counts questions.
func (g *Group) Answered() uint64 { return g.answered.Load() }

// Describe gives a transcript of members without certificates.
func (g *Group) Describe(context.Context) (overseer.Description, error) {
	t := group.Transcript{Epoch: g.Epoch, Mode: group.ModeQuorum}
	copy(t.Group[:], g.Name)
	for _, m := range g.makes() {
		t.Members = append(t.Members, group.Identity{Make: []byte(m)})
	}
	b, err := group.EncodeTranscript(&t)
	return overseer.Description{Transcript: b}, err
}

func (g *Group) makes() []string {
	if g.Makes != nil {
		return g.Makes
	}
	return []string{"stdlib", "gcrypt", "nettle"}
}

// Open opens a session.
func (g *Group) Open(_ context.Context, o group.Open) error {
	if o.Epoch != g.Epoch {
		return group.CodeEpoch
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.seen == nil {
		g.seen = map[group.SessionID]map[uint64]bool{}
	}
	g.seen[o.Session] = map[uint64]bool{}
	return nil
}

// Ask answers each question with what was sealed.
func (g *Group) Ask(ctx context.Context, questions []group.Question) ([]overseer.Release, error) {
	releases := make([]overseer.Release, len(questions))
	for i := range questions {
		if code := g.admit(&questions[i]); code != group.CodeAnswered {
			releases[i].Code = code
			continue
		}
		if !g.work() || ctx.Err() != nil {
			return nil, group.CodeUnavailable
		}
		q := &questions[i]
		releases[i] = overseer.Release{SIV: [group.SIVSize]byte(q.Sealed), Body: q.Sealed[group.SIVSize:]}
	}
	return releases, nil
}

func (g *Group) admit(q *group.Question) group.Code {
	g.mu.Lock()
	defer g.mu.Unlock()
	counters := g.seen[q.Session]
	switch {
	case counters == nil:
		return group.CodeSession
	case counters[q.Counter]:
		return group.CodeReplay
	}
	counters[q.Counter] = true
	return group.CodeAnswered
}

func (g *Group) work() bool {
	g.cards.Lock()
	defer g.cards.Unlock()
	n := g.answered.Add(1)
	if g.Delay != nil {
		time.Sleep(g.Delay(n))
	}
	return true
}

// View pictures the group.
func (g *Group) View(context.Context) (overseer.Picture, error) {
	p := overseer.Picture{Branch: g.Branch, Group: g.Name, Epoch: g.Epoch, Mode: "quorum", State: "serving", Questions: g.Answered(), Released: g.Answered()}
	for _, m := range g.makes() {
		p.Members = append(p.Members, overseer.Member{Make: m, Health: "healthy"})
	}
	return p, nil
}
