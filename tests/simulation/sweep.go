package main

import (
	"runtime"
	"sync"
)

// flow is one payment whose every place of a crash is tried, and another payment
// behind it, which must succeed.
type flow struct {
	name   string
	life   life
	faults []fault // that belong to it
}

func flows() []flow {
	card := func(kind int) life { return life{Amount: 1234, Card: kind, Present: 700} }
	with := func(l life, change func(*life)) life { change(&l); return l }
	net := func(n, form int) []fault { return []fault{{Kind: faultHostNet, N: n, Arg: form}} }
	host := func(form int) []fault { return []fault{{Kind: faultHost, N: 1, Arg: form}} }
	return []flow{
		{"approved", card(cardPlain), nil},
		{"approved with PIN", card(cardPIN), nil},
		{"wrong PIN, then right", with(card(cardPIN), func(l *life) { l.PIN = pinWrongOnce }), nil},
		{"tap", with(card2(cardTap), func(l *life) { l.Amount = 800 }), nil},
		{"tap with PIN", card2(cardTapPIN), nil},
		{"declined by the issuer", card(cardDecline), nil},
		{"declined by the card", card(cardRefuses), nil},
		{"false issuer's answer", card(cardFalse), nil},
		{"host silent", card(cardSilent), nil},
		{"request lost", card(cardPlain), net(1, netDrop)},
		{"answer lost", card(cardPlain), net(2, netDrop)},
		{"connection ends behind the request", card(cardPlain), net(1, netResetDone)},
		{"answer late", card(cardPlain), host(hostLate)},
		{"answer twice", card(cardPlain), host(hostTwice)},
		{"answer with a false MAC", card(cardPlain), host(hostMAC)},
		{"answer of another amount", card(cardPlain), host(hostAmount)},
		{"canceled before the card", with(card(cardPlain), func(l *life) { l.Cancel = 300 }), nil},
		{"canceled while the host is asked", with(card(cardPlain), func(l *life) { l.Cancel = 1630 }), nil},
		{"no card", with(card(cardPlain), func(l *life) { l.Present = -1 }), nil},
		{"card pulled while the host is asked", with(card(cardPlain), func(l *life) { l.Pull = 40 }), nil},
		{"card pulled in its last command", with(card(cardPlain), func(l *life) { l.TearIn, l.TearForm = "gac2", 1 }), nil},
		{"PIN never finished", with(card(cardPIN), func(l *life) { l.PIN = pinNever }), nil},
		{"keyed in", with(card(cardPlain), func(l *life) { l.Keyed = true }), nil},
	}
}

func card2(kind int) life { return life{Amount: 1234, Card: kind, Present: 700, Tap: true} }

// plan is the flow with crashes.
func (f flow) plan(crashes ...fault) plan {
	next := life{Amount: 500, Card: cardMaster, Present: 600, Gap: 500}
	return plan{Seed: 1, Lanes: [][]life{{f.life, next}}, Faults: append(append([]fault(nil), f.faults...), crashes...)}
}

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
func (s *swept) try(r *rules, name string, p plan, k faultKind) int {
	w := run(r, p, bugNone, nil)
	s.count.add(w.count)
	for _, v := range w.failures {
		s.Failures = append(s.Failures, failed{name, p, v})
	}
	return w.lanes[0].passed[k]
}

func (f flow) sweep(r *rules, share int) *swept {
	s := &swept{}
	for _, k := range []faultKind{faultCrashSecure, faultCrashTerminal} {
		points := s.try(r, f.name, f.plan(), k)
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
		all := s.try(r, f.name, f.plan(fault{Kind: k, N: n, Arg: form}), k)
		s.Once++
		if share == 0 || form != n%forms {
			continue
		}
		for again := n + 1; again <= all; again++ {
			if (again+n)%share == 0 {
				s.try(r, f.name, f.plan(fault{Kind: k, N: n, Arg: form}, fault{Kind: k, N: again, Arg: (form + again) % forms}), k)
				s.Twice++
			}
		}
	}
}
