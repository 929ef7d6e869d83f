//go:build linux

package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/evidence"
	"github.com/strongroom-pos/strongroom/internal/evidence/keyring"
	"github.com/strongroom-pos/strongroom/internal/evidence/leak"
	"github.com/strongroom-pos/strongroom/internal/scan"
)

// target is a process to be swept.
type target struct {
	world  evidence.World
	pid    func() int // now; 0 where it does not run
	weight int        // sweeps in one round
}

// targets are all processes of the lane, and the control.
func (t *Trial) targets() []target {
	var list []target
	for _, name := range t.Lane.Names() {
		w := worldOf(name)
		w.Name = name
		weight := 1
		if name == estate.Kernel {
			weight = 2 // where account data become clear
		}
		list = append(list, target{w, func() int { return t.Lane.PID(name) }, weight})
	}
	if t.Plain != nil {
		w := evidence.World{Name: plainName, Column: evidence.Control, MayHold: "everything: that is what it is for"}
		list = append(list, target{w, t.Plain.PID, 1})
	}
	return list
}

func worldOf(name string) evidence.World {
	switch name {
	case estate.Terminal:
		return evidence.World{Column: evidence.AppWorld, MayHold: "nothing", Claimed: true}
	case estate.Boot:
		return evidence.World{Column: evidence.SecureWorld, MayHold: "nothing", Claimed: true}
	case estate.Kernel:
		return evidence.World{Column: evidence.SecureWorld, MayHold: "account data and keys, hidden from root", Claimed: true}
	case estate.Reader:
		return evidence.World{Column: evidence.Devices, MayHold: "card data and its keys"}
	case estate.PINPad:
		return evidence.World{Column: evidence.Devices, MayHold: "number, PIN and its keys"}
	}
	return evidence.World{Column: evidence.Host, MayHold: "account data and keys, as the issuer's side does"}
}

// sweeper sweeps processes while sales run.
type sweeper struct {
	matcher *scan.Matcher
	targets []target

	mu     sync.Mutex
	worlds []evidence.World // guarded by mu
	seen   []string         // guarded by mu: examples of what was found where nothing may be
	caught []string         // guarded by mu: examples of what the control was found to hold
	swept  func()           // called after each sweep, if not nil
	err    error            // guarded by mu
	wait   sync.WaitGroup
}

func newSweeper(m *scan.Matcher, targets []target) *sweeper {
	s := &sweeper{matcher: m, targets: targets}
	for _, t := range targets {
		t.world.Hits = map[string]int{}
		for _, k := range []scan.Kind{scan.KindPAN, scan.KindTrack2, scan.KindPIN, scan.KindKey} {
			t.world.Hits[k.String()] = 0
		}
		s.worlds = append(s.worlds, t.world)
	}
	return s
}

// politeness is how far the sweeping thread steps back: on a machine of two processors
// it would otherwise slow down what it watches.
const politeness = 5

// start sweeps all targets in rounds until ctx ends.
func (s *sweeper) start(ctx context.Context) {
	s.wait.Go(func() {
		runtime.LockOSThread() // the thread ends with this goroutine
		_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), politeness)
		for ctx.Err() == nil {
			for i, t := range s.targets {
				for range t.weight {
					if ctx.Err() == nil {
						s.sweep(i)
					}
				}
			}
		}
	})
}

// once sweeps everything: what stayed behind when all is over.
func (s *sweeper) once() {
	for i := range s.targets {
		s.sweep(i)
	}
}

func (s *sweeper) sweep(i int) {
	pid := s.targets[i].pid()
	if pid == 0 {
		return
	}
	r, err := scan.ScanProcess(pid, s.matcher)
	s.take(i, r, err)
	if s.swept != nil {
		s.swept()
	}
}

func (s *sweeper) take(i int, r scan.Result, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case errors.Is(err, scan.ErrEnded):
	case errors.Is(err, os.ErrPermission): // without root's rights; judged later
	case err != nil:
		s.err = errors.Join(s.err, fmt.Errorf("sweeping %s: %w", s.targets[i].world.Name, err))
	default:
		s.add(&s.worlds[i], r)
	}
}

// add is called with mu held.
func (s *sweeper) add(w *evidence.World, r scan.Result) {
	w.Sweeps++
	w.Bytes += r.Bytes
	w.Hidden = max(w.Hidden, r.Unreadable)
	w.More += r.Dropped
	for _, h := range r.Hits {
		switch {
		case leak.Planted(h.ID): // passed through a pipe of ours
		case isException(h.ID) && w.Name != estate.Terminal:
			w.Except++
		default:
			w.Hits[h.Kind.String()]++
			if w.Column == evidence.Control {
				s.catch(h)
			}
			if example := fmt.Sprintf("%s: %s as %s in %s", w.Name, what(h.Match), h.Encoding, h.Where); w.Claimed && len(s.seen) < maxExamples && !slices.Contains(s.seen, example) {
				s.seen = append(s.seen, example)
			}
		}
	}
}

// catch is called with mu held. A live page shows the newest.
func (s *sweeper) catch(h scan.Hit) {
	example := fmt.Sprintf("%s as %s in %s", h.Kind, h.Encoding, h.Where)
	if slices.Contains(s.caught, example) {
		return
	}
	if s.caught = append(s.caught, example); len(s.caught) > maxExamples {
		s.caught = s.caught[1:]
	}
}

// isException tells of keys that are counted apart: those of TLS and of signatures, which
// lie on the heap by the standard library's design.
func isException(id string) bool { return strings.HasPrefix(id, keyring.Exception) }

// what names a hit: which canary card it is says nothing, which key much.
func what(m scan.Match) string {
	if m.Kind == scan.KindKey {
		return "key " + m.ID
	}
	return m.Kind.String() + " of " + m.ID
}

// maxExamples is enough to find a leak by.
const maxExamples = 20

func (s *sweeper) results() ([]evidence.World, []string, error) {
	s.wait.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.worlds), slices.Clone(s.seen), s.err
}
