package main

import (
	"fmt"
	"io"
	"time"
)

// page is all that a run publishes.
type page struct {
	planted []found
	sweep   *swept
	search  *searched
}

func (p *page) print(w io.Writer) {
	s, v := p.search.count, p.sweep
	all := s
	all.add(v.count)
	rate, alone := float64(s.lives)/p.search.took.Seconds(), float64(s.lives)/p.search.cpu.Seconds()
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-34s %s\n", name, fmt.Sprintf(format, args...))
	}
	row("seeds", "%d to %d", p.search.First, p.search.Last)
	row("payment lives", "%d, and %d in crash sweeps", s.lives, v.count.lives)
	row("lives per second", "%.0f as the machine was; %.0f per second of one processor", rate, alone)
	row("a million lives", "%.0f minutes of two processors", 1e6/alone/2/60)
	row("simulated hours", "%.0f (%.1f per second, %.1f per second of one processor)", s.simulated.Hours(),
		s.simulated.Hours()/p.search.took.Seconds(), s.simulated.Hours()/p.search.cpu.Seconds())
	row("steps of the secure world", "%d", all.steps)
	row("messages to the host", "%d", all.messages)
	row("crashes and restarts", "%d", all.crashes)
	row("crash points swept", "%d of %d flows: %d cuts, and %d second cuts in recovery", v.Points, v.Flows, v.Once, v.Twice)
	row("tampers swept", "%d at these points", v.Opened)
	row("invariant checks", "%d", all.checks)
	fmt.Fprintln(w, "faults by kind")
	for k, n := range s.faults {
		row("  "+faultKind(k).String(), "%d", n)
	}
	row("violations", "%d", len(v.Failures)+len(p.search.Failures))
	fmt.Fprintln(w, "planted bugs: invariant that broke, seeds needed, and allowed")
	for _, f := range p.planted {
		if f.Seed == 0 {
			row("  "+f.name, "NOT FOUND in %d seeds (%s)", f.seeds, f.Invariant)
			continue
		}
		fmt.Fprintf(w, "  %-52s %-4s %3d %4d\n", f.name, f.Invariant, f.Seed, f.seeds)
	}
}

// failures shows the first of them, as small as it gets, and how to have it again.
func (p *page) failures(w io.Writer, r *rules) int {
	all := append(append([]failed(nil), p.sweep.Failures...), p.search.Failures...)
	lost := 0
	for _, f := range p.planted {
		if f.Seed == 0 {
			lost++
		}
	}
	if len(all) > 0 {
		f := all[0]
		fmt.Fprintf(w, "\n%s %d breaks %s: %s\n", f.Name, f.Plan.Seed, f.Violation.Invariant, f.Violation.Text)
		if f.Name == "seed" {
			fmt.Fprintf(w, "again: make sim SEED=%d\n", f.Plan.Seed)
		}
		explain(w, r, f.Plan, f.Violation)
	}
	return len(all) + lost
}

// explain shrinks a failing plan and tells its story.
func explain(w io.Writer, r *rules, p plan, v violation) {
	p = shrink(r, p, bugNone, v.Invariant)
	fmt.Fprintf(w, "shrunk to %s\n", p)
	run(r, p, bugNone, func(line string) { fmt.Fprintln(w, line) })
}

// until is enough at a time, or after so many lives; 0: however many.
func until(end time.Time, most int) func(uint64, int) bool {
	return func(_ uint64, lives int) bool {
		return time.Now().After(end) || most > 0 && lives >= most
	}
}
