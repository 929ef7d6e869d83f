package main

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// The bounded part that every change must pass: `make sim` runs a night's worth.
const (
	testSeeds = 300
	testShare = 30
)

func testRules(t *testing.T) *rules {
	t.Helper()
	dir, err := workFolder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	r, err := newRules(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestNoInvariantBreaksWhateverFails(t *testing.T) {
	r := testRules(t)
	s := search(r, 1, func(n uint64, _ int) bool { return n >= testSeeds })
	for _, f := range s.Failures {
		t.Errorf("seed %d breaks %s: %s\nagain: make sim SEED=%d", f.Plan.Seed, f.Violation.Invariant, f.Violation.Text, f.Plan.Seed)
	}
	t.Logf("%d lives, %d faults of the host's network, %d crashes, %d checks", s.count.lives, s.count.faults[faultHostNet], s.count.crashes, s.count.checks)
	for k, n := range s.count.faults {
		if n == 0 {
			t.Errorf("no fault of the kind %v happened", faultKind(k))
		}
	}
}

func TestNoInvariantBreaksWhereverAFlowIsCut(t *testing.T) {
	s := sweep(testRules(t), testShare)
	for _, f := range s.Failures {
		t.Errorf("%s breaks %s: %s\n%v", f.Name, f.Violation.Invariant, f.Violation.Text, f.Plan.Faults)
	}
	if s.Points < 20*s.Flows {
		t.Errorf("%d points of %d flows: most are not passed", s.Points, s.Flows)
	}
	t.Logf("%d flows, %d points, %d cuts, %d second cuts, %d tampers", s.Flows, s.Points, s.Once, s.Twice, s.Opened)
}

func TestEveryPlantedBugIsFound(t *testing.T) {
	all := findPlanted(testRules(t))
	if len(all) != int(bugs)-1 {
		t.Errorf("%d bugs are looked for, and %d can be planted", len(all), int(bugs)-1)
	}
	for _, f := range all {
		if f.Seed == 0 {
			t.Errorf("%s: not found in %d seeds (%s)", f.name, f.seeds, f.Invariant)
		}
	}
}

func TestASeedIsOneRun(t *testing.T) {
	r := testRules(t)
	story := func(seed uint64) string {
		var b strings.Builder
		w := run(r, planOf(seed), bugNone, func(line string) { b.WriteString(line + "\n") })
		return b.String() + w.now.String()
	}
	for seed := range uint64(5) {
		if a, b := story(seed+1), story(seed+1); a != b {
			t.Errorf("seed %d ran in two ways", seed+1)
		}
	}
	if story(1) == story(2) {
		t.Error("two seeds are one run")
	}
}

func TestAFailingPlanShrinksToWhatItNeeds(t *testing.T) {
	r := testRules(t)
	var p plan
	var invariant string
	for seed := uint64(1); invariant == ""; seed++ {
		p = planOf(seed)
		if w := run(r, p, bugKSNCached, nil); len(w.failures) > 0 {
			invariant = w.failures[0].Invariant
		}
	}
	small := shrink(r, p, bugKSNCached, invariant)
	lives := len(slices.Concat(small.Lanes...))
	if len(small.Faults) > 2 || lives > 4 {
		t.Errorf("%d faults and %d lives are left of a whole day", len(small.Faults), lives)
	}
	if len(run(r, small, bugKSNCached, nil).failures) == 0 {
		t.Error("the small plan does not fail")
	}
	if failures := run(r, small, bugNone, nil).failures; len(failures) > 0 {
		t.Errorf("the small plan fails without the bug: %v", failures)
	}
}

func TestAPrintedPlanIsReadAgain(t *testing.T) {
	for seed := range uint64(20) {
		var p plan
		if err := json.Unmarshal([]byte(planOf(seed).String()), &p); err != nil || !reflect.DeepEqual(p, planOf(seed)) {
			t.Errorf("seed %d: another plan, %v", seed, err)
		}
	}
}
