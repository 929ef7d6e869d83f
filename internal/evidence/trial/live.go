//go:build linux

package trial

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/internal/evidence"
	"github.com/strongroom-pos/strongroom/internal/scan"
)

// Live is what a demonstration shows at a moment.
type Live struct {
	Sale     int              `json:"sale"` // 0 before the first
	Sales    int              `json:"sales"`
	Stage    string           `json:"stage"`
	Approved int              `json:"approved"`
	Memory   string           `json:"memory_protection"`
	Worlds   []evidence.World `json:"worlds"`
	Planted  int              `json:"planted"` // leaks in the leaky program's memory
	Found    int              `json:"planted_found"`
	Caught   []string         `json:"caught"` // what the control held, newest last
	Seen     []string         `json:"seen"`   // what was found where nothing may be
}

// Show sells with one canary card after the other, a pause between them, and sweeps all
// the while; tell is called with each change, never twice at a time. It ends with ctx.
func (t *Trial) Show(ctx context.Context, pause time.Duration, tell func(Live)) error {
	if err := t.describe(ctx); err != nil {
		return err
	}
	s := &show{trial: t, tell: tell, state: Live{Sales: len(t.cards), Memory: t.report.Isolation.Memory, Stage: "begins"}}
	if !t.secretMemory() {
		t.sweeper.mu.Lock()
		unclaim(t.sweeper.worlds)
		t.sweeper.mu.Unlock()
	}
	t.stopped = stoppedSales // nobody waits for a sweep here
	defer func() { t.stopped, t.see, t.sweeper.swept = 0, nil, nil }()
	t.see = func(p till.Payment) { s.change(func(l *Live) { l.Stage = stageOf(p) }) }
	t.sweeper.swept = func() { s.change(func(*Live) {}) }
	ctx, end := context.WithCancel(ctx)
	t.sweeper.start(ctx)
	defer t.sweeper.wait.Wait()
	defer end()
	for i, card := range t.cards {
		s.prove()
		s.change(func(l *Live) { l.Sale = i + 1 })
		if err := t.both(ctx, card); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		s.change(func(l *Live) { l.Approved++ })
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
	s.change(func(l *Live) { l.Stage = "all sales made; sweeping goes on" })
	<-ctx.Done()
	return nil
}

// stageOf says where a payment stands.
func stageOf(p till.Payment) string {
	switch {
	case p.Completed():
		return p.Outcome
	case p.Stage != "":
		return spaced(p.Stage)
	}
	return spaced(p.Status)
}

// show keeps what is shown.
type show struct {
	trial *Trial
	tell  func(Live)

	mu    sync.Mutex
	state Live // guarded by mu
}

func (s *show) change(do func(*Live)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do(&s.state)
	w := s.trial.sweeper
	w.mu.Lock()
	s.state.Worlds = slices.Clone(w.worlds)
	for i := range s.state.Worlds {
		s.state.Worlds[i].Hits = maps.Clone(s.state.Worlds[i].Hits)
	}
	s.state.Caught, s.state.Seen = slices.Clone(w.caught), slices.Clone(w.seen)
	w.mu.Unlock()
	s.tell(s.state)
}

// prove sweeps the leaky program: a scanner that finds nothing there is blind.
func (s *show) prove() {
	t := s.trial
	if t.Leaky == nil {
		return
	}
	r, err := scan.ScanProcess(t.Leaky.PID, t.matcher)
	planted, found := 0, map[string]bool{}
	for _, l := range t.leaks {
		if inMemory(l) == "" {
			planted++
		}
	}
	for _, h := range r.Hits {
		for _, l := range t.leaks {
			if l.IsSeenIn(h.Match) {
				found[l.Form] = true
			}
		}
	}
	if errors.Is(err, scan.ErrEnded) {
		clear(found)
	}
	s.change(func(l *Live) { l.Planted, l.Found = planted, len(found) })
}
