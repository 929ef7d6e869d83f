//go:build cgo && linux

package pcsc

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ebfe/scard"
)

// watching holds Watch to one goroutine per process: scard keeps one C string
// for each reader name, so two waits on one name are a use after free.
var watching atomic.Bool

// Watch reports cards coming and going in all readers until ctx ends, and
// returns its error. It calls f from its own goroutine, first for each reader
// as it finds it. Where pcscd is lost, every reader is reported lost, and
// Watch tries again.
func Watch(ctx context.Context, f func(Event)) error {
	if !watching.CompareAndSwap(false, true) {
		return ErrWatching
	}
	defer watching.Store(false)
	w := watcher{report: f}
	retry := firstRetry
	for ctx.Err() == nil {
		if w.session(ctx) {
			retry = firstRetry
		}
		w.allOut()
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
		retry = min(2*retry, lastRetry)
	}
	return ctx.Err()
}

// A watcher knows what it reported last of each reader.
type watcher struct {
	report  func(Event)
	readers []watched
}

type watched struct {
	name    string
	state   scard.StateFlag // as pcscd wants it back, event counter included
	present bool
}

// session watches with one context until that fails. It reports whether it
// ever worked.
func (w *watcher) session(ctx context.Context) bool {
	sc, err := scard.EstablishContext()
	if err != nil {
		return false
	}
	defer func() { _ = sc.Release() }()
	worked := false
	for ctx.Err() == nil {
		if w.slice(ctx, sc) != nil {
			return worked
		}
		worked = true
	}
	return worked
}

// slice lists the readers, which come and go, and waits for one change.
func (w *watcher) slice(ctx context.Context, sc *scard.Context) error {
	names, err := sc.ListReaders()
	if err != nil && !errors.Is(err, scard.ErrNoReadersAvailable) {
		return err
	}
	w.keep(names[:min(len(names), maxReaders)])
	if len(w.readers) == 0 { // GetStatusChange panics on none
		select {
		case <-ctx.Done():
		case <-time.After(slice):
		}
		return nil
	}
	states := w.states()
	err = sc.GetStatusChange(states, slice)
	if errors.Is(err, scard.ErrTimeout) {
		return nil
	}
	if err != nil {
		return err
	}
	for i := range states {
		w.update(&w.readers[i], states[i])
	}
	return nil
}

// keep takes over the list of readers; one that left is reported lost.
func (w *watcher) keep(names []string) {
	w.readers = slices.DeleteFunc(w.readers, func(r watched) bool {
		gone := !slices.Contains(names, r.name)
		if gone {
			w.report(Event{Reader: r.name, Lost: true})
		}
		return gone
	})
	for _, n := range names {
		if !slices.ContainsFunc(w.readers, func(r watched) bool { return r.name == n }) {
			w.readers = append(w.readers, watched{name: n, state: scard.StateUnaware})
		}
	}
}

// states are made anew each time: scard leaves an old ATR in place.
func (w *watcher) states() []scard.ReaderState {
	out := make([]scard.ReaderState, len(w.readers))
	for i, r := range w.readers {
		out[i] = scard.ReaderState{Reader: r.name, CurrentState: r.state}
	}
	return out
}

// update reports what changed. The upper half of the state counts insertions
// and removals: a card that was replaced between two looks is first reported
// gone.
func (w *watcher) update(r *watched, s scard.ReaderState) {
	const unusable = scard.StateUnknown | scard.StateUnavailable
	present := s.EventState&scard.StatePresent != 0 && s.EventState&unusable == 0
	known := r.state != scard.StateUnaware
	swapped := known && r.present && present && s.EventState>>16 != r.state>>16
	if swapped {
		w.report(Event{Reader: r.name})
	}
	if !known || swapped || present != r.present {
		e := Event{Reader: r.name, Present: present}
		if e.Mute = present && s.EventState&scard.StateMute != 0; present && !e.Mute {
			e.ATR = s.Atr
		}
		w.report(e)
	}
	r.present, r.state = present, s.EventState&^scard.StateChanged
}

// allOut reports every reader lost and forgets them.
func (w *watcher) allOut() {
	for _, r := range w.readers {
		w.report(Event{Reader: r.name, Lost: true})
	}
	w.readers = nil
}
