package main

import (
	"runtime"
	"sync"
	"syscall"
	"time"
)

// searched is what random plans came to.
type searched struct {
	First, Last uint64
	Failures    []failed
	count       counts
	took, cpu   time.Duration // of the clock, and of all processors
}

// search runs seeds from first on, side by side, until enough says so
// of the seeds begun and the lives lived.
func search(r *rules, first uint64, enough func(seeds uint64, lives int) bool) *searched {
	s := &searched{First: first, Last: first - 1}
	began, used := time.Now(), cpuTime()
	var mu sync.Mutex
	next := func() (uint64, bool) {
		mu.Lock()
		defer mu.Unlock()
		if len(s.Failures) > 0 || enough(s.Last+1-first, int(s.count.lives)) {
			return 0, false
		}
		s.Last++
		return s.Last, true
	}
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for seed, more := next(); more; seed, more = next() {
				p := planOf(seed)
				w := run(r, p, bugNone, nil)
				mu.Lock()
				s.count.add(w.count)
				for _, v := range w.failures {
					s.Failures = append(s.Failures, failed{"seed", p, v})
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	s.took, s.cpu = time.Since(began), cpuTime()-used
	return s
}

// cpuTime is what this process has had of all processors.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
