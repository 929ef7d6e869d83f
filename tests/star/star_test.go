package main

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/bustest"
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

func TestEveryGroupIsAskedAndNothingIsLost(t *testing.T) {
	c := whole(t)
	for _, n := range []int{1, 2, 4, 8} {
		g, err := grow(t.Context(), c, n, scale, window)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d groups: %.0f questions/s, %v questions each, %.2f cores busy, cards late by %.2f", n, g.rate, g.each, g.cores, g.late)
		if len(g.each) != n || slices.Min(g.each) == 0 {
			t.Fatalf("of %d groups some were never asked: %v", n, g.each)
		}
	}
}

func TestAGroupThatComesUnderLoadTakesWork(t *testing.T) {
	j, err := join(t.Context(), whole(t), scale, window)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("first question after %v; %.0f and then %.0f questions/s", j.firstQuestion, j.before, j.after)
	if j.lost != 0 {
		t.Fatalf("%d lost", j.lost)
	}
}

func TestAGroupThatGoesUnderLoadLosesNothing(t *testing.T) {
	r, err := remove(t.Context(), whole(t), scale, window)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d answered, %d asked again, left in %v", r.answered, r.retries, r.took)
	if r.lost != 0 || r.answered == 0 || r.after != 0 || r.repeated != 0 {
		t.Fatalf("%d lost of %d, %d asked after it had left, %d asked again more than once", r.lost, r.answered, r.after, r.repeated)
	}
}

func TestAServerThatDiesCostsAtMostOneRetryForEachQuestionInFlight(t *testing.T) {
	for name, c := range map[string]crew{"doubles": doubles{}, "whole protocol": whole(t)} {
		t.Run(name, func(t *testing.T) {
			k, err := kill(t.Context(), c, scale, window)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d answered, %d asked again of %d in flight, longest %v", k.answered, k.retries, k.inFlight, k.longest)
			if k.lost != 0 || k.losses == 0 || k.repeated != 0 || k.retries > uint64(k.inFlight) {
				t.Fatalf("%d lost, %d lines broke, %d asked again of %d in flight, %d of them more than once", k.lost, k.losses, k.retries, k.inFlight, k.repeated)
			}
		})
	}
}

func TestTheCardsOfEveryGroupTakeTheSameTimes(t *testing.T) {
	var all []time.Duration
	for seed := range uint64(24) {
		delay, times := bustest.SmartCard(seed, 1), []time.Duration(nil)
		for n := range uint64(64) {
			times = append(times, delay(n))
		}
		slices.Sort(times)
		if all == nil {
			all = times
		}
		if !slices.Equal(times, all) || times[0] != 70*time.Millisecond || times[63] != 190*time.Millisecond {
			t.Fatalf("card %d is another: %v", seed, times)
		}
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
