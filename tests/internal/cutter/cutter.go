//go:build linux

package cutter

import (
	"errors"
	"fmt"
)

// A Recording lists the points that a process passes.
type Recording struct{ session *session }

// Record begins to list points; when it returns every thread is followed.
func Record(p Process) (*Recording, error) {
	s, err := begin(task{Process: p})
	if err != nil {
		return nil, fmt.Errorf("recording %s: %w", p.Name, err)
	}
	return &Recording{s}, nil
}

// Stop lets the process go and returns the points in the order in which they were
// passed.
func (r *Recording) Stop() ([]Point, error) {
	if err := r.session.end(); err != nil {
		return nil, err
	}
	return r.session.points, nil
}

// A Trap waits at one point.
type Trap struct{ session *session }

// ErrNoPoint reports a point that cannot be reached.
var ErrNoPoint = errors.New("cutter: points are numbered from 1")

// KillAt makes the process end by SIGKILL at a point, numbered from now on; when
// it returns every thread is followed.
func KillAt(p Process, at Point) (*Trap, error) {
	if at.N < 1 || at.Side != Before && at.Side != After {
		return nil, ErrNoPoint
	}
	s, err := begin(task{Process: p, Cut: &at})
	if err != nil {
		return nil, fmt.Errorf("setting a trap for %s: %w", p.Name, err)
	}
	return &Trap{s}, nil
}

// Done is closed when the process is dead, by the trap or otherwise.
func (t *Trap) Done() <-chan struct{} { return t.session.done }

// Result is what became of a trap.
type Result string

// Results.
const (
	Killed     Result = "killed"
	NotReached Result = "not reached" // the process was let go
	Gone       Result = "gone"        // the process ended otherwise
)

// Remove lets the process go, if the trap has not sprung, and tells whether it
// has.
func (t *Trap) Remove() (Result, error) {
	if err := t.session.end(); err != nil {
		return "", err
	}
	switch t.session.ended {
	case endedByCut:
		return Killed, nil
	case endedItself:
		return Gone, nil
	}
	return NotReached, nil
}
