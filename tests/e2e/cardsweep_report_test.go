//go:build linux

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// print tells what was pulled and what came of it.
func (s *cardSweep) print(pulls int, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	commands, canceled, again := 0, 0, 0
	for _, w := range s.whole {
		commands += w.commands + w.again
	}
	for _, r := range s.reports {
		switch {
		case r.at == 0 || len(r.asked) == 0:
		case r.canceled:
			canceled++
		default:
			again++
		}
	}
	s.t.Logf("%d personalities, %d APDUs, %d pulls in %.1f minutes; where the card was asked for again, the till canceled %d times and it came %d times\n%s",
		len(s.whole), commands, pulls, took.Minutes(), canceled, again, s.table())
	if len(s.todo) > 0 {
		s.t.Errorf("%d pulls were left out after %d failures", len(s.todo), s.failures)
	}
	for _, r := range s.missed {
		// Only a card that answers at random may go another way.
		if r.who.Profile.Garbage != virtualcard.GarbageNonsense {
			s.t.Errorf("not reached: %s", r.summary())
		}
	}
}

// table counts the ends, by rule and reason.
func (s *cardSweep) table() string {
	counts := map[string]map[side]int{}
	for _, r := range s.reports {
		name := r.rule
		if f := r.paid.field("failure"); f != "" {
			name += ": " + f
		}
		if counts[name] == nil {
			counts[name] = map[side]int{}
		}
		counts[name][r.side]++
	}
	var lines []string
	for name, n := range counts {
		lines = append(lines, fmt.Sprintf("%s\t%d\t%d\t%d\t%d", name, n[""], n[before], n[after], n[behind]))
	}
	slices.Sort(lines)
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "end\tuntouched\tpulled before\tafter\tbehind")
	fmt.Fprintln(w, strings.Join(lines, "\n"))
	_ = w.Flush()
	return b.String()
}
