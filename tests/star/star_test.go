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

func TestMoreGroupsAnswerMore(t *testing.T) {
	last := 0.0
	for _, n := range []int{1, 2, 4} {
		rate, err := grow(t.Context(), n, scale, window)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d groups: %.0f questions/s", n, rate)
		if rate < 1.2*last { // twice as much on a machine that does nothing else
			t.Errorf("%d groups answer %.0f questions/s, half as many %.0f", n, rate, last)
		}
		last = rate
	}
}

func TestAGroupThatComesUnderLoadTakesWork(t *testing.T) {
	j, err := join(t.Context(), scale, window)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("first question after %v; %.0f and then %.0f questions/s", j.firstQuestion, j.before, j.after)
	if j.firstQuestion > 5*time.Second || j.lost != 0 {
		t.Fatalf("first question after %v, %d lost", j.firstQuestion, j.lost)
	}
}

func TestAGroupThatGoesUnderLoadLosesNothing(t *testing.T) {
	r, err := remove(t.Context(), scale, window)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d answered, %d asked again, left in %v", r.answered, r.retries, r.took)
	if r.lost != 0 || r.answered == 0 || r.after != 0 {
		t.Fatalf("%d lost of %d, %d asked after it had left", r.lost, r.answered, r.after)
	}
}

func TestAServerThatDiesCostsAtMostOneRetryForEachQuestionInFlight(t *testing.T) {
	k, err := kill(t.Context(), scale, window)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d answered, %d asked again of %d in flight, longest %v", k.answered, k.retries, k.inFlight, k.longest)
	if k.lost != 0 || k.losses == 0 || k.retries > uint64(k.inFlight) {
		t.Fatalf("%d lost, %d lines broke, %d asked again of %d in flight", k.lost, k.losses, k.retries, k.inFlight)
	}
}

func TestABranchThatIsCutOffServesOnAndJoinsAgain(t *testing.T) {
	c, err := cut(t.Context(), scale, window)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d answered locally; cut seen after %v, joined again after %v", c.local, c.refusedAt, c.rejoined)
	if c.localLost != 0 || c.local == 0 {
		t.Fatalf("%d lost of %d within the branch", c.localLost, c.local)
	}
	if b := c.before.Branches[0]; !b.Linked || !b.Reached || b.Serving != 1 {
		t.Fatalf("before the cut: %+v", b)
	}
	if b := c.during.Branches[0]; b.Linked || b.Serving != 0 || b.Groups != 1 {
		t.Fatalf("during the cut: %+v", b)
	}
}
