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

// crews are both: doubles show what the bus does, the whole protocol what clients see.
func crews(t *testing.T, f func(t *testing.T, c crew)) {
	t.Helper()
	t.Run("doubles", func(t *testing.T) { f(t, doubles{}) })
	t.Run("whole protocol", func(t *testing.T) {
		e, err := newEstate()
		if err != nil {
			t.Fatal(err)
		}
		defer e.close()
		f(t, e)
	})
}

func TestMoreGroupsAnswerMore(t *testing.T) {
	crews(t, func(t *testing.T, c crew) {
		last := 0.0
		for _, n := range []int{1, 2, 4} {
			last = more(t, c, n, last)
		}
	})
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
	crews(t, func(t *testing.T, c crew) {
		j, err := join(t.Context(), c, scale, window)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("first question after %v; %.0f and then %.0f questions/s", j.firstQuestion, j.before, j.after)
		if j.firstQuestion > 5*time.Second || j.lost != 0 {
			t.Fatalf("first question after %v, %d lost", j.firstQuestion, j.lost)
		}
	})
}

func TestAGroupThatGoesUnderLoadLosesNothing(t *testing.T) {
	crews(t, func(t *testing.T, c crew) {
		r, err := remove(t.Context(), c, scale, window)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d answered, %d asked again, left in %v", r.answered, r.retries, r.took)
		if r.lost != 0 || r.answered == 0 || r.after != 0 {
			t.Fatalf("%d lost of %d, %d asked after it had left", r.lost, r.answered, r.after)
		}
	})
}

func TestAServerThatDiesCostsAtMostOneRetryForEachQuestionInFlight(t *testing.T) {
	crews(t, func(t *testing.T, c crew) {
		k, err := kill(t.Context(), c, scale, window)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d answered, %d asked again of %d in flight, longest %v", k.answered, k.retries, k.inFlight, k.longest)
		allowed := uint64(k.inFlight)
		if c != (doubles{}) {
			allowed *= 2 // members and MCUs may be late on their own account, on a busy machine
		}
		if k.lost != 0 || k.losses == 0 || k.retries > allowed {
			t.Fatalf("%d lost, %d lines broke, %d asked again of %d in flight", k.lost, k.losses, k.retries, k.inFlight)
		}
	})
}

func TestABranchThatIsCutOffServesOnAndJoinsAgain(t *testing.T) {
	crews(t, func(t *testing.T, c crew) {
		p, err := cut(t.Context(), c, scale, window)
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
	})
}
