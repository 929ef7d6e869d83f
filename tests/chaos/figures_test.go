//go:build linux

package chaos

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// figures are what a run is told by.
type figures struct {
	Sales       int                `json:"sales"`
	Lanes       int                `json:"lanes"`
	Seed        uint64             `json:"seed"`
	Seconds     float64            `json:"seconds"`
	PerSecond   float64            `json:"sales_per_second"`
	Outcomes    map[string]int     `json:"outcomes"`
	Refunds     map[string]int     `json:"refunds"`
	Money       int64              `json:"captured_less_refunds_minor_units"`
	Faults      map[string]int     `json:"faults"`
	Recovery    map[string]seconds `json:"recovery_after_kill_9"`
	Ended       int                `json:"programs_ended_by_a_full_disk"`
	Probes      map[string]int     `json:"answers_to_idempotency_keys"`
	Keys        int                `json:"keys_asked_for_at_the_end"`
	Differences map[string]int     `json:"differences"`
	Planted     int                `json:"planted_differences_found"`

	mu    sync.Mutex
	times map[string][]time.Duration // guarded by mu
}

// seconds of recoveries.
type seconds struct {
	Times  int     `json:"times"`
	Median float64 `json:"median_seconds"`
	Max    float64 `json:"maximum_seconds"`
}

func newFigures() *figures {
	return &figures{Outcomes: map[string]int{}, Refunds: map[string]int{}, Faults: map[string]int{}, Recovery: map[string]seconds{}, Probes: map[string]int{},
		Differences: map[string]int{"unknown": 0, "double": 0, "lost": 0, "unequal": 0, "sums": 0}, times: map[string][]time.Duration{}}
}

func (f *figures) count(what fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Faults[what.String()]++
}

func (f *figures) recovery(name string, d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.times[name] = append(f.times[name], d)
}

// conclude works out what the run took.
func (f *figures) conclude(took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Seconds, f.PerSecond = took.Seconds(), float64(f.Sales)/took.Seconds()
	for name, times := range f.times {
		slices.Sort(times)
		f.Recovery[name] = seconds{len(times), times[len(times)/2].Seconds(), times[len(times)-1].Seconds()}
	}
}

// print is the one page.
func (f *figures) print(w io.Writer) {
	line := func(format string, a ...any) { _, _ = fmt.Fprintf(w, format+"\n", a...) }
	line("%d sales on %d lanes in %.0f s (%.2f a second), seed %d, %d.%02d captured", f.Sales, f.Lanes, f.Seconds, f.PerSecond, f.Seed, f.Money/100, f.Money%100)
	line("outcomes:")
	f.table(line, f.Outcomes)
	line("refunds:")
	f.table(line, f.Refunds)
	line("faults:")
	f.table(line, f.Faults)
	line("recovery after kill -9, until a payment could begin (seconds: median, maximum, of how many):")
	for _, name := range processes() {
		if r, ok := f.Recovery[name]; ok {
			line("  %-24s %6.2f %6.2f %4d", name, r.Median, r.Max, r.Times)
		}
	}
	line("programs that ended by a full disk, and were started again: %d", f.Ended)
	line("answers to idempotency keys meanwhile, each checked:")
	f.table(line, f.Probes)
	line("keys asked for once more at the end: %d", f.Keys)
	line("differences between the four books:")
	f.table(line, f.Differences)
	line("planted in a copy of the books, and found: %d", f.Planted)
}

func (*figures) table(line func(string, ...any), of map[string]int) {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		line("  %-24s %6d", name, of[name])
	}
}

// write keeps the figures as JSON.
func (f *figures) write(path string) error {
	if path == "" {
		return nil
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o600)
}
