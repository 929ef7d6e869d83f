package main

import (
	"runtime"
	"sync"
)

// swept is what a sweep came to.
type swept struct {
	Flows, Points, Once, Twice int
	Failures                   []failed
	count                      counts
}

// failed is a plan that broke an invariant.
type failed struct {
	Name      string
	Plan      plan
	Violation violation
}

// sweep cuts every flow at every point, and again at every point of the recovery.
// share thins the second cuts out: one of so many; 0 leaves them out.
func sweep(r *rules, share int) *swept {
	s := &swept{}
	var mu sync.Mutex
	var group sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, f := range flows() {
		s.Flows++
		slots <- struct{}{}
		group.Go(func() {
			mine := f.sweep(r, share)
			mu.Lock()
			defer mu.Unlock()
			s.Points += mine.Points
			s.Once += mine.Once
			s.Twice += mine.Twice
			s.Failures = append(s.Failures, mine.Failures...)
			s.count.add(mine.count)
			<-slots
		})
	}
	group.Wait()
	return s
}

// try runs one plan and returns how many points of a kind the flow passed.
func (s *swept) try(r *rules, f flow, k faultKind, crashes ...fault) int {
	p := f.plan(crashes...)
	w := run(r, p, bugNone, nil)
	s.count.add(w.count)
	for _, v := range w.failures {
		s.Failures = append(s.Failures, failed{f.name, p, v})
	}
	return w.lanes[0].passedIn(f.cutAt())[k]
}

func (f flow) sweep(r *rules, share int) *swept {
	s := &swept{}
	for _, k := range []faultKind{faultCrashSecure, faultCrashTerminal} {
		points := s.try(r, f, k)
		s.Points += points
		for n := 1; n <= points; n++ {
			f.cut(r, s, k, n, share)
		}
	}
	return s
}

func (f flow) cut(r *rules, s *swept, k faultKind, n, share int) {
	forms := cutForms
	if k == faultCrashTerminal {
		forms = 1
	}
	for form := range forms {
		all := s.try(r, f, k, fault{Kind: k, N: n, Arg: form})
		s.Once++
		if share == 0 || form != n%forms {
			continue
		}
		for again := n + 1; again <= all; again++ {
			if (again+n)%share == 0 {
				s.try(r, f, k, fault{Kind: k, N: n, Arg: form}, fault{Kind: k, N: again, Arg: (form + again) % forms})
				s.Twice++
			}
		}
	}
}
