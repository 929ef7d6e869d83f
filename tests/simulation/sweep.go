package main

import (
	"runtime"
	"sync"
)

// swept is what a sweep came to.
type swept struct {
	Flows, Points, Once, Twice, Opened int
	Failures                           []failed
	count                              counts
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
			s.Opened += mine.Opened
			s.Failures = append(s.Failures, mine.Failures...)
			s.count.add(mine.count)
			<-slots
		})
	}
	group.Wait()
	return s
}

// passage is what a run was seen to pass.
type passage struct {
	points int  // of one kind, in the life that is cut
	dirty  bool // when it was cut first, something was written and not durable
}

func (s *swept) try(r *rules, f flow, k faultKind, crashes ...fault) passage {
	p := f.plan(crashes...)
	w := run(r, p, bugNone, nil)
	s.count.add(w.count)
	for _, v := range w.failures {
		s.Failures = append(s.Failures, failed{f.name, p, v})
	}
	if len(crashes) == 0 {
		s.meets(f, w, p)
	}
	return passage{w.lanes[0].passedIn(f.cutAt())[k], w.lanes[0].dirty}
}

// meets holds an undisturbed flow to its end, or else nothing would tell that it is not
// the one that its name says.
func (s *swept) meets(f flow, w *world, p plan) {
	t, got := w.lanes[0].till, "nothing"
	if told, heard := t.told[t.keyOf(f.cutAt())]; heard && told.Outcome != nil {
		got = *told.Outcome
	}
	if want := f.ends(); want != "" && got != want {
		s.Failures = append(s.Failures, failed{f.name, p, violation{"flow", "undisturbed it ends " + got + ", not " + want}})
	}
}

func (f flow) sweep(r *rules, share int) *swept {
	s := &swept{}
	for _, k := range []faultKind{faultCrashSecure, faultCrashTerminal} {
		points := s.try(r, f, k).points
		s.Points += points
		for n := 1; n <= points; n++ {
			f.cut(r, s, k, n, share)
		}
	}
	s.open(r, f)
	return s
}

// open opens the device at every point, in every form that makes a difference there.
func (s *swept) open(r *rules, f flow) {
	points := s.try(r, f, faultTamper).points
	for n := 1; n <= points; n++ {
		dirty := true
		for form := 0; form < cutForms && dirty; form++ {
			dirty = s.try(r, f, faultTamper, fault{Kind: faultTamper, N: n, Arg: form}).dirty
			s.Opened++
		}
		s.try(r, f, faultTamper, fault{Kind: faultTamper, N: n, Arg: tamperRuns})
		s.Opened++
	}
}

// cut cuts at one point, in every form that makes a difference there, and then again
// behind it.
func (f flow) cut(r *rules, s *swept, k faultKind, n, share int) {
	for form := range cutForms {
		first := fault{Kind: k, N: n, Arg: form}
		was := s.try(r, f, k, first)
		s.Once++
		for again := n + 1; share > 0 && form == 0 && again <= was.points; again++ {
			if (again+n)%share == 0 {
				s.try(r, f, k, first, fault{Kind: k, N: again, Arg: again % cutForms})
				s.Twice++
			}
		}
		if !was.dirty {
			return
		}
	}
}
