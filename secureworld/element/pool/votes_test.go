package pool_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

// oneVote is a group under a policy, of which one member's vote is shown.
func (e *estate) oneVote(policy uint16) *relay {
	e.tb.Helper()
	r := e.group("one")
	r.policy = policy
	r.agree()
	r.release = func(_ []door.Question, all []overseer.Release) {
		for i := range all {
			all[i].Votes = all[i].Votes[:1]
		}
	}
	return r
}

func TestAClientDecidesHowManyVotesAVerbNeeds(t *testing.T) {
	one := map[element.Kind]int{element.KindPANReference: 1}
	two := map[element.Kind]int{element.KindPANReference: 2}
	for name, c := range map[string]struct {
		policy uint16
		config pool.Config
		taken  bool   // of the group that shows one vote; else its sibling is asked
		found  uint64 // releases that had too few votes
	}{
		"what the policy says":                       {door.PolicyCheap, pool.Config{}, true, 0},
		"one, and two for the rest":                  {door.PolicyCheap, pool.Config{Votes: 2, VerbVotes: one}, true, 0},
		"two, and is not answered by one":            {door.PolicyCheap, pool.Config{Votes: 2}, false, 0},
		"two for this verb, and else what is said":   {door.PolicyCheap, pool.Config{VerbVotes: two}, false, 0},
		"what the mode says, where no policy allows": {door.PolicyAll, pool.Config{}, false, 1},
		"one, whatever the policy says":              {door.PolicyAll, pool.Config{VerbVotes: one}, true, 0},
	} {
		e := newEstate(t)
		first, sibling := e.oneVote(c.policy), e.group("two")
		c.config.Frames = 1
		p := e.pool(c.config, first, sibling)
		for n := range 4 {
			if err := reference(t.Context(), p, n); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			p.Cool()
		}
		if n, _ := named(p, door.CodeQuorum); (n > 0) != (c.found > 0) {
			t.Errorf("%s: %d releases had too few votes", name, n)
		}
		if taken := first.count() > 0 && c.found == 0; taken != c.taken {
			t.Errorf("%s: the group with one vote was asked %d, its sibling %d", name, first.count(), sibling.count())
		}
		if _, err := p.Status(t.Context()); err != nil { // of two votes, whoever is asked
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAVerbHasOneToSevenVotes(t *testing.T) {
	e := newEstate(t)
	for _, n := range []int{-1, 0, 8} {
		if _, err := pool.NewClient(pool.Config{
			Identity: e.client, Groups: func() []pool.Carrier { return nil }, VerbVotes: map[element.Kind]int{element.KindMACGenerate: n},
		}); err == nil {
			t.Errorf("%d votes", n)
		}
	}
}
