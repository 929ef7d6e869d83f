//go:build linux

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report prints what was cut and what came of it, and what was left out.
func (s *sweep) report(all []cut, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.t.Logf("%d of %d cuts in %.1f minutes, %d undisturbed sales between them\n%s",
		s.next, len(all), took.Minutes(), s.sound, s.table(all))
	if s.next < len(s.todo) {
		s.t.Logf("NOT ALL: after %v and %d failures %d of %d cuts were left out; those made are dealt out evenly and are the same in every run; %s=all makes every one",
			crashBudget, s.failures, len(s.todo)-s.next, len(s.todo), crashEnv)
	}
	for _, c := range s.missed {
		s.t.Logf("not reached: %s", c)
	}
	// Points are numbered by target, but racing threads may still make one fewer
	// of a kind; many would mean that the sweep cuts nothing.
	if len(s.missed)*5 > s.next {
		s.t.Errorf("%d of %d points were not reached", len(s.missed), s.next)
	}
}

func (s *sweep) table(all []cut) string {
	possible := map[string]int{}
	for _, c := range all {
		possible[c.victim]++
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "killed\tcuts\tmade\tendings")
	for _, name := range processes() {
		made := 0
		var endings []string
		for what, n := range s.results[name] {
			made += n
			endings = append(endings, fmt.Sprintf("%s: %d", what, n))
		}
		slices.Sort(endings)
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", name, possible[name], made, strings.Join(endings, "; "))
	}
	_ = w.Flush()
	return b.String()
}
