//go:build linux

package command

import (
	"os"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/scan"
)

// Memory is what a sweep of all processes found.
type Memory struct {
	Worlds   []World `json:"worlds"`
	Controls int     `json:"controls"` // copies where some are expected; 0 means that the sweep is blind
	Forms    int     `json:"forms"`    // byte strings that were looked for
}

// World is one process.
type World struct {
	Process string `json:"process"`
	MayHold string `json:"may_hold"`
	Control bool   `json:"control"` // holds card data by nature
	During  Sweep  `json:"during"`  // while the PIN was typed
	After   Sweep  `json:"after"`   // after the sale
}

// Sweep is one sweep of one process.
type Sweep struct {
	PAN    int   `json:"pan"`
	Track2 int   `json:"track2"`
	PIN    int   `json:"pin"`
	Bytes  int64 `json:"bytes"`
	Hidden int64 `json:"hidden_bytes"` // there, but root could not read it
	Failed bool  `json:"failed"`       // the process could not be swept
}

// Copies are all that were found.
func (s Sweep) Copies() int { return s.PAN + s.Track2 + s.PIN }

// watch sweeps the lane for one card.
type watch struct {
	lane    *estate.Lane
	matcher *scan.Matcher // nil: only root may
	worlds  []World
	took    time.Duration // of the sweep during the sale
}

func newWatch(lane *estate.Lane, card bureau.Card) (*watch, error) {
	w := &watch{lane: lane}
	if os.Geteuid() != 0 {
		return w, nil
	}
	var n scan.Needles
	for _, add := range []func() error{
		func() error { return n.AddPAN("card", []byte(card.Profile.PAN)) },
		func() error { return n.AddTrack2("card", []byte(card.Profile.Track2())) },
		func() error { return n.AddPIN("card", []byte(card.PIN)) },
	} {
		if err := add(); err != nil {
			return nil, err
		}
	}
	w.matcher = n.Compile()
	for _, name := range lane.Names() {
		hold, control := mayHold(name, lane.Isolation() == estate.IsolationVM)
		w.worlds = append(w.worlds, World{Process: name, MayHold: hold, Control: control})
	}
	return w, nil
}

// mayHold tells what a world may hold. A virtual machine's memory is not hidden.
func mayHold(process string, machine bool) (what string, control bool) {
	switch process {
	case estate.Reader:
		return "card data", true
	case estate.PINPad:
		return "number and PIN", true
	case estate.Acquirer:
		return "card data", true
	case estate.Element, estate.ElementGcrypt, estate.ElementNettle:
		return "card data, PIN while it checks", true
	case estate.Kernel:
		if machine {
			return "card data: QEMU's memory", false
		}
		return "only hidden from root", false
	}
	return "nothing", false
}

// during and after sweep all processes at the two moments.
func (w *watch) during() {
	began := time.Now()
	for i := range w.worlds {
		w.worlds[i].During = w.sweep(w.worlds[i].Process)
	}
	w.took = time.Since(began)
}

func (w *watch) after() {
	for i := range w.worlds {
		w.worlds[i].After = w.sweep(w.worlds[i].Process)
	}
}

func (w *watch) sweep(process string) (s Sweep) {
	pid := w.lane.PID(process)
	if pid == 0 {
		return Sweep{Failed: true}
	}
	r, err := scan.ScanProcess(pid, w.matcher)
	s.Failed = err != nil || r.Bytes == 0
	s.Bytes, s.Hidden = r.Bytes, r.Unreadable
	for _, hit := range r.Hits {
		switch hit.Kind {
		case scan.KindPAN:
			s.PAN++
		case scan.KindTrack2:
			s.Track2++
		case scan.KindPIN:
			s.PIN++
		}
	}
	return s
}

func (w *watch) memory() *Memory {
	if w.matcher == nil {
		return nil
	}
	m := &Memory{Worlds: w.worlds, Forms: w.matcher.Len()}
	for _, world := range w.worlds {
		if world.Control {
			m.Controls += world.During.Copies() + world.After.Copies()
		}
	}
	return m
}
