//go:build linux

package ring

import (
	"math"
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

// waiter waits for one number of the peer. One goroutine at a time waits; others may
// change what it waits under.
type waiter struct {
	number   *atomic.Uint32 // the peer's
	waits    *atomic.Uint32 // our word that we sleep
	born     time.Time
	deadline atomic.Int64  // nanoseconds after born; 0: none
	over     atomic.Bool   // nothing comes any more
	closed   atomic.Bool   // the memory may be gone; over is set behind it
	turn     atomic.Uint64 // counts what was changed
	asleep   atomic.Uint64 // 0, or one more than the turn that the sleeper has seen

	// The waiting goroutine's.
	bells        int // in vain, since the last byte
	misses, skip int // looks in vain, and how many waits do without
}

// wait returns when the number is no longer what it was, or may not be; or the
// deadline has passed; or nothing comes any more, which the caller sees in over.
func (w *waiter) wait(was uint32) error {
	if w.changes(was) {
		return nil
	}
	w.waits.Store(1)
	defer w.waits.Store(0)
	turn := w.turn.Load()
	w.asleep.Store(turn + 1)
	defer w.asleep.Store(0)
	left, err := w.left()
	if err != nil || w.over.Load() {
		return err
	}
	if sleep(w.number, was, left) && w.number.Load() == was && w.turn.Load() == turn {
		if w.bells++; w.bells > maxFalseBells {
			return ErrPeer
		}
	}
	return nil
}

// changes looks for a while whether the number changes. Where that was in vain, the
// peer has no processor or much to do, and looking keeps one from it: the next waits
// begin with sleep, more of them each time, until looking has helped again. Where
// there is one processor, the peer cannot run meanwhile at all.
func (w *waiter) changes(was uint32) bool {
	if w.skip > 0 || runtime.NumCPU() == 1 {
		w.skip = max(0, w.skip-1)
		return w.number.Load() != was
	}
	if w.looks(was) {
		w.misses = 0
		return true
	}
	w.misses = min(2*w.misses+1, maxSkipped)
	w.skip = w.misses
	return false
}

func (w *waiter) looks(was uint32) bool {
	for begun := time.Now(); time.Since(begun) < look; {
		for range 64 {
			if w.number.Load() != was {
				return true
			}
		}
		if w.over.Load() {
			return true
		}
	}
	return false
}

// left is how long there is to the deadline; 0 if there is none.
func (w *waiter) left() (time.Duration, error) {
	deadline := w.deadline.Load()
	if deadline == 0 {
		return 0, nil
	}
	left := time.Duration(deadline) - time.Since(w.born)
	if left <= 0 {
		return 0, os.ErrDeadlineExceeded
	}
	return left, nil
}

func (w *waiter) setDeadline(t time.Time) {
	if t.IsZero() {
		w.deadline.Store(0)
	} else {
		w.deadline.Store(max(1, int64(t.Sub(w.born))))
	}
	w.nudge()
}

// end makes whoever waits, and will wait, return.
func (w *waiter) end() {
	w.over.Store(true)
	w.nudge()
}

// nudge makes a sleeper look again at what was changed. It could be on its way to
// sleep, where no bell reaches it: hence again and again, until it has seen the
// change or is awake. The peer can delay neither.
func (w *waiter) nudge() {
	for turn := w.turn.Add(1); ; time.Sleep(patience) {
		if seen := w.asleep.Load(); seen == 0 || seen > turn {
			return
		}
		wake(w.number, math.MaxInt32) // the peer may have sleepers of its own there
	}
}
