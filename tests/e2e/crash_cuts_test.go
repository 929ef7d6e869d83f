//go:build linux

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/tests/internal/cutter"
)

// cut is one kill: of a victim, while a process stands at a point.
type cut struct {
	victim string
	at     cutter.Point
}

// String is the point's name, with the victim in front where it is another.
func (c cut) String() string {
	if c.victim == c.at.Process {
		return c.at.String()
	}
	return c.victim + ", at " + c.at.String()
}

// afterSale is how long the aftermath of a sale is recorded: displays, the card
// that leaves, events to the till.
const afterSale = time.Second

// recordSale makes two undisturbed sales and lists the points of the second, so
// that what happens once in the life of a process is not taken for a part of
// every sale.
func recordSale(t *testing.T, l *lane) map[string][]cutter.Point {
	t.Helper()
	if err := l.soundSale(t.Context()); err != nil {
		t.Fatalf("the first sale: %v", err)
	}
	recordings := map[string]*cutter.Recording{}
	for _, name := range processes() {
		p, err := l.process(name)
		if err != nil {
			t.Fatal(err)
		}
		if recordings[name], err = cutter.Record(p); err != nil {
			t.Fatal(err)
		}
	}
	_, saleErr := l.sell(t.Context(), l.next.Add(1))
	saleErr = errors.Join(saleErr, l.tray.Pull(), pause(t.Context(), afterSale))
	points := map[string][]cutter.Point{}
	for name, r := range recordings {
		list, err := r.Stop()
		if err != nil {
			t.Fatal(err)
		}
		points[name] = list
	}
	if saleErr != nil {
		t.Fatalf("the recorded sale: %v", saleErr)
	}
	return points
}

// cuts are all points with their processes as victims. Boot does nothing durable
// in a sale and sends nothing: it is killed at each durable write of the kernel
// that it watches.
func cuts(points map[string][]cutter.Point) []cut {
	byVictim := map[string][]cut{}
	for name, list := range points {
		for _, p := range list {
			byVictim[name] = append(byVictim[name], cut{name, p})
			if name == estate.Kernel && p.Kind == cutter.Durable {
				byVictim[estate.Boot] = append(byVictim[estate.Boot], cut{estate.Boot, p})
			}
		}
	}
	return dealt(byVictim)
}

// dealt puts one of each victim in turn, and within a victim in strides, so that
// a run that ends early has been everywhere, and always at the same points.
func dealt(queues map[string][]cut) []cut {
	var out []cut
	for name := range queues {
		queues[name] = strided(queues[name])
	}
	for added := true; added; {
		added = false
		for _, name := range processes() {
			if q := queues[name]; len(q) > 0 {
				out, queues[name], added = append(out, q[0]), q[1:], true
			}
		}
	}
	return out
}

// strided puts every n-th first, then those between, durable writes before sends.
func strided(list []cut) []cut {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b cut) int { return strings.Compare(string(a.at.Kind), string(b.at.Kind)) })
	const stride = 5 // odd, so that both sides of calls come early
	var out []cut
	for first := range stride {
		for i := first; i < len(sorted); i += stride {
			out = append(out, sorted[i])
		}
	}
	return out
}

func logCuts(t *testing.T, points map[string][]cutter.Point, all []cut) {
	t.Helper()
	var b strings.Builder
	for _, name := range processes() {
		fmt.Fprintf(&b, "%s: %d points\n", name, len(points[name]))
		for _, p := range points[name] {
			if p.Side == cutter.Before {
				fmt.Fprintf(&b, "    %s\n", strings.TrimSuffix(p.String(), ", before"))
			}
		}
	}
	t.Logf("calls of one sale, each a point before and a point after it; %d cuts:\n%s", len(all), b.String())
}
