package main

import (
	"runtime"
	"slices"
	"sync"
)

// found is how a planted bug was found; seed 0: it was not.
type found struct {
	plantedBug
	Seed      uint64
	Invariant string
	lives     uint64
}

// findPlanted runs every planted bug from seed 1 on until one of its invariants breaks.
func findPlanted(r *rules) []found {
	all := plantedBugs()
	out := make([]found, len(all))
	var group sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, b := range all {
		slots <- struct{}{}
		group.Go(func() {
			out[i] = findOne(r, b)
			<-slots
		})
	}
	group.Wait()
	return out
}

func findOne(r *rules, b plantedBug) found {
	f := found{plantedBug: b}
	for seed := uint64(1); seed <= uint64(b.seeds); seed++ {
		w := run(r, planOf(seed), b.bug, nil)
		f.lives += w.count.lives
		for _, v := range w.failures {
			if slices.Contains(b.finds, v.Invariant) {
				f.Seed, f.Invariant = seed, v.Invariant
				return f
			}
			f.Invariant = "not " + v.Invariant + ": " + v.Text
		}
	}
	return f
}
