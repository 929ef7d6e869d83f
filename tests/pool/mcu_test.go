package pool

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	members "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

// liar is an MCU that lies in one frame of three. It stands before an honest one, since
// everything that an MCU can do is to what passes through it.
type liar struct {
	pool.Carrier
	lie func(q []members.Question, r []door.Release, old []door.Release) ([]door.Release, error)

	mu     sync.Mutex
	frames int            // guarded by mu
	lied   time.Time      // first; guarded by mu
	old    []door.Release // of an earlier frame; guarded by mu
}

func (l *liar) Ask(ctx context.Context, q []members.Question) ([]door.Release, error) {
	r, err := l.Carrier.Ask(ctx, q)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frames++
	if l.frames%3 != 0 || l.frames < 30 {
		if r[0].Code == members.CodeAnswered {
			l.old = r
		}
		return r, nil
	}
	if l.lied.IsZero() {
		l.lied = time.Now()
	}
	return l.lie(q, r, l.old)
}

func TestAnMCUThatLiesIsFoundOutByItsClient(t *testing.T) {
	for name, c := range map[string]struct {
		lie   func(q []members.Question, r []door.Release, old []door.Release) ([]door.Release, error)
		found bool // dropping is no lie that could be told from a bad line
	}{
		"frames a member": {func(_ []members.Question, r, _ []door.Release) ([]door.Release, error) {
			for i := range r {
				if len(r[i].Votes) > 1 {
					r[i].Votes[1].SIV[0] ^= 1
				}
			}
			return r, nil
		}, true},
		"says that a member saw another question": {func(_ []members.Question, r, _ []door.Release) ([]door.Release, error) {
			for i := range r {
				if len(r[i].Votes) > 0 {
					r[i].Votes[0].Seen[0] ^= 1
				}
			}
			return r, nil
		}, true},
		"changes an answer": {func(_ []members.Question, r, _ []door.Release) ([]door.Release, error) {
			for i := range r {
				if len(r[i].Body) > 0 {
					r[i].Body[0] ^= 1
				}
			}
			return r, nil
		}, true},
		"swaps answers, or repeats old ones": {func(_ []members.Question, r, old []door.Release) ([]door.Release, error) {
			for i := range r {
				r[i] = old[i%len(old)]
			}
			return r, nil
		}, true},
		"claims an agreement that is none": {func(_ []members.Question, r, _ []door.Release) ([]door.Release, error) {
			for i := range r {
				if len(r[i].Votes) > 1 {
					r[i].Votes = r[i].Votes[:1]
				}
			}
			return r, nil
		}, true},
		"drops answers": {func(_ []members.Question, _, _ []door.Release) ([]door.Release, error) {
			return nil, members.CodeUnavailable
		}, false},
		"answers too few": {func(_ []members.Question, r, _ []door.Release) ([]door.Release, error) {
			return r[:len(r)-1], nil
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			g := s.group("g", "quorum", makes())
			g.serving(3)
			bad := &liar{Carrier: pool.Dial(g.socket), lie: c.lie}
			client := s.client("client", bad)
			f := newBook(t, s.world).ask(t, client)
			r := result{Case: "MCU " + name, Found: "asked again"}
			if c.found {
				s.until("a finding", func() bool { return len(client.Findings()) > 0 })
				bad.mu.Lock()
				r.Found, r.FoundMS = client.Findings()[0].What, ms(time.Since(bad.lied))
				bad.mu.Unlock()
			}
			f.more(s, 200)
			f.hold(t, r)
			if p := g.picture(); p.Disagreements != 0 {
				t.Errorf("the members were accused: %+v", p)
			}
			if !c.found && client.Counts().Retried == 0 {
				t.Error(errors.New("nothing was dropped"))
			}
		})
	}
}

func TestASecondGroupAnswersWhatTheFirstMCUKeepsBack(t *testing.T) {
	s := newSite(t)
	one, two := s.group("one", "quorum", makes()), s.group("two", "dual", makes())
	one.serving(3)
	two.serving(3)
	mute := &liar{Carrier: pool.Dial(one.socket), lie: func([]members.Question, []door.Release, []door.Release) ([]door.Release, error) {
		time.Sleep(50 * time.Millisecond)
		return nil, members.CodeUnavailable
	}}
	client := s.client("client", mute, pool.Dial(two.socket))
	f := newBook(t, s.world).ask(t, client)
	f.more(s, 600)
	f.hold(t, result{Case: "MCU keeps answers back, with a sibling", Found: "asked of the sibling"})
}
