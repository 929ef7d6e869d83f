package main

import (
	"os"
	"testing"
	"time"
)

// Cards in these tests are ten times as fast as real ones.
const (
	scale  = 10
	window = 500 * time.Millisecond
)

func TestMain(m *testing.M) {
	if os.Getenv(serverVariable) != "" {
		os.Exit(serverMain(os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// whole is the crew of the whole protocol.
func whole(t *testing.T) crew {
	t.Helper()
	e, err := newEstate()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.close)
	return e
}

func TestMoreGroupsAnswerMore(t *testing.T) {
	c, last := whole(t), 0.0
	for _, n := range []int{1, 2, 4} {
		last = more(t, c, n, last)
	}
}

// more has n groups answer more than half as many did: twice as much on a machine that
// does nothing else, and one that is busy gets other chances.
func more(t *testing.T, c crew, n int, last float64) (rate float64) {
	t.Helper()
	for range 4 {
		var err error
		if rate, err = grow(t.Context(), c, n, scale, window); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d groups: %.0f questions/s", n, rate)
		if rate > 1.2*last {
			return rate
		}
	}
	t.Fatalf("%d groups answer %.0f questions/s, half as many %.0f", n, rate, last)
	return rate
}

func TestAGroupThatComesUnderLoadTakesWork(t *testing.T) {
	j, err := join(t.Context(), whole(t), scale, window)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("first question after %v; %.0f and then %.0f questions/s", j.firstQuestion, j.before, j.after)
	if j.firstQuestion > 5*time.Second || j.lost != 0 {
		t.Fatalf("first question after %v, %d lost", j.firstQuestion, j.lost)
	}
}

func TestAGroupThatGoesUnderLoadLosesNothing(t *testing.T) {
	r, err := remove(t.Context(), whole(t), scale, window)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d answered, %d asked again, left in %v", r.answered, r.retries, r.took)
	if r.lost != 0 || r.answered == 0 || r.after != 0 {
		t.Fatalf("%d lost of %d, %d asked after it had left", r.lost, r.answered, r.after)
	}
}

func TestAServerThatDiesCostsAtMostOneRetryForEachQuestionInFlight(t *testing.T) {
	for name, c := range map[string]struct {
		crew    crew
		allowed int // for each question in flight
	}{
		"doubles":        {doubles{}, 1},
		"whole protocol": {whole(t), 2}, // members may be late on their own account, on a busy machine
	} {
		t.Run(name, func(t *testing.T) {
			k, err := kill(t.Context(), c.crew, scale, window)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d answered, %d asked again of %d in flight, longest %v", k.answered, k.retries, k.inFlight, k.longest)
			if k.lost != 0 || k.losses == 0 || k.retries > uint64(c.allowed*k.inFlight) {
				t.Fatalf("%d lost, %d lines broke, %d asked again of %d in flight", k.lost, k.losses, k.retries, k.inFlight)
			}
		})
	}
}

func TestABranchThatIsCutOffServesOnAndJoinsAgain(t *testing.T) {
	p, err := cut(t.Context(), whole(t), scale, window)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d answered locally; cut seen after %v, joined again after %v", p.local, p.refusedAt, p.rejoined)
	if p.localLost != 0 || p.local == 0 {
		t.Fatalf("%d lost of %d within the branch", p.localLost, p.local)
	}
	if b := p.before.Branches[0]; !b.Linked || !b.Reached || b.Serving != 1 {
		t.Fatalf("before the cut: %+v", b)
	}
	if b := p.during.Branches[0]; b.Linked || b.Serving != 0 || b.Groups != 1 {
		t.Fatalf("during the cut: %+v", b)
	}
}
