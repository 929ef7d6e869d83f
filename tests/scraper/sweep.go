//go:build linux

package scraper

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/internal/evidence/keyring"
	"github.com/strongroom-pos/strongroom/internal/scan"
)

// Swept is what the sweeps of one process came to.
type Swept struct {
	Process    string         `json:"process"`
	Sweeps     int            `json:"sweeps"`
	Bytes      int64          `json:"bytes"`              // searched, all sweeps
	Unreadable int64          `json:"unreadable_bytes"`   // the most in one sweep: secret memory
	Refused    int            `json:"unreadable_regions"` // the most in one sweep
	Hits       map[string]int `json:"hits"`               // by kind: pan, track2, pin, key
	Exceptions int            `json:"exceptions"`         // hits for keys of TLS and signatures
	More       int            `json:"more"`               // hits beyond what one sweep keeps
	Examples   []string       `json:"examples,omitempty"`

	seen map[string]bool
}

// maxExamples is enough to find a leak by.
const maxExamples = 40

func newSwept(process string) *Swept {
	s := &Swept{Process: process, Hits: map[string]int{}, seen: map[string]bool{}}
	for _, k := range []scan.Kind{scan.KindPAN, scan.KindTrack2, scan.KindPIN, scan.KindKey} {
		s.Hits[k.String()] = 0
	}
	return s
}

// Found is how often anything that is asserted was found.
func (s *Swept) Found() int {
	n := s.More
	for _, h := range s.Hits {
		n += h
	}
	return n
}

// AccountData is how often account data or a PIN was found.
func (s *Swept) AccountData() int { return s.Found() - s.Hits[scan.KindKey.String()] }

func (s *Swept) add(r scan.Result) {
	s.Sweeps++
	s.Bytes += r.Bytes
	s.Unreadable, s.Refused = max(s.Unreadable, r.Unreadable), max(s.Refused, r.Refused)
	s.More += r.Dropped
	for _, h := range r.Hits {
		if strings.HasPrefix(h.ID, keyring.Exception) {
			s.Exceptions++
		} else {
			s.Hits[h.Kind.String()]++
		}
		s.example(h)
	}
}

// example keeps one hit for each place, kind and form.
func (s *Swept) example(h scan.Hit) {
	name := h.ID
	if h.Kind != scan.KindKey {
		name = "a canary card" // which one says nothing
	}
	text := fmt.Sprintf("%s of %s as %s in %s", h.Kind, name, h.Encoding, h.Where)
	if !s.seen[text] && len(s.Examples) < maxExamples {
		s.seen[text] = true
		s.Examples = append(s.Examples, text)
	}
}

// target is a process to be swept.
type target struct {
	name   string
	pid    func() int // now; 0 where it does not run
	weight int        // sweeps in one round: more for those that are asserted
}

// sweeper sweeps processes while sales run.
type sweeper struct {
	matcher *scan.Matcher
	targets []target

	mu    sync.Mutex
	swept map[string]*Swept // guarded by mu
	err   error             // guarded by mu
	wait  sync.WaitGroup
}

func newSweeper(m *scan.Matcher, targets []target) *sweeper {
	s := &sweeper{matcher: m, targets: targets, swept: map[string]*Swept{}}
	for _, t := range targets {
		s.swept[t.name] = newSwept(t.name)
	}
	return s
}

// politeness is how far the sweeping thread steps back: on a machine of two
// processors it would otherwise slow down what it watches.
const politeness = 5

// start sweeps all targets in rounds until ctx ends, on a thread of its own that
// ends with it.
func (s *sweeper) start(ctx context.Context) {
	s.wait.Go(func() {
		runtime.LockOSThread()
		_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), politeness) // else it is less polite
		for ctx.Err() == nil {
			s.round(ctx)
		}
	})
}

func (s *sweeper) round(ctx context.Context) {
	for _, t := range s.targets {
		for range t.weight {
			if ctx.Err() != nil {
				return
			}
			s.sweep(t)
		}
	}
}

// once sweeps every target one more time: what stayed behind when all is over. By
// then each must run.
func (s *sweeper) once() {
	for _, t := range s.targets {
		if t.pid() == 0 {
			s.fail(fmt.Errorf("sweeping %s: it does not run", t.name))
		}
		s.sweep(t)
	}
}

// sweep steps over a process that is being restarted.
func (s *sweeper) sweep(t target) {
	pid := t.pid()
	if pid == 0 {
		return
	}
	r, err := scan.ScanProcess(pid, s.matcher)
	if errors.Is(err, scan.ErrEnded) {
		return
	}
	if err != nil {
		s.fail(fmt.Errorf("sweeping %s: %w", t.name, err))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.swept[t.name].add(r)
}

func (s *sweeper) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = errors.Join(s.err, err)
}

// results waits for the sweeps and returns them in the order of the targets.
func (s *sweeper) results() ([]*Swept, error) {
	s.wait.Wait()
	var out []*Swept
	for _, t := range s.targets {
		if r := s.swept[t.name]; !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out, s.err
}
