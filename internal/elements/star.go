package elements

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// Star is all groups that were asked, below their branches.
type Star struct {
	Missing  string   `json:"missing,omitempty"` // why the hub tells nothing, where it was asked
	Branches []Branch `json:"branches"`
}

// Branch is a part of the tree; its groups stand in the order of their names.
type Branch struct {
	Name   string  `json:"name"`
	Groups []Group `json:"groups"`
	Link   *Link   `json:"link,omitempty"` // nil: the hub was not asked, or does not know it
}

// Group is one group as its MCU pictures it, to whoever asks there or to the hub. A group
// whose MCU did not answer is named by its socket and has no picture.
type Group struct {
	door.Picture
	Socket    string `json:"socket,omitempty"`
	Missing   string `json:"missing,omitempty"` // why there is no picture
	PerSecond Rate   `json:"per_second"`        // questions
	Elements  []Rate `json:"rates,omitempty"`   // answers, in the order of the members
}

// Rate is what happened in a second; below zero where it is not known yet.
type Rate float64

const unknown Rate = -1

// Watcher looks at groups again and again, and knows what it saw before.
type Watcher struct {
	sockets []string
	star    string // the hub's socket; empty: none
	view    func(context.Context, string) (door.Picture, error)
	report  func(context.Context, string) (Report, error)
	now     func() time.Time
	last    map[string]seen // by socket, or by branch and group
	told    Report          // the hub's last
}

type seen struct {
	at time.Time
	p  door.Picture
}

// NewWatcher watches the groups of the MCUs at these sockets, and those that the hub
// with that socket knows of; empty: there is no hub.
func NewWatcher(sockets []string, star string) *Watcher {
	return &Watcher{sockets: sockets, star: star, view: View, report: Centre, now: time.Now, last: map[string]seen{}}
}

// Look asks all MCUs at once.
func (w *Watcher) Look(ctx context.Context) Star {
	pictures, errs := make([]door.Picture, len(w.sockets)), make([]error, len(w.sockets))
	var asking sync.WaitGroup
	for i, socket := range w.sockets {
		asking.Go(func() { pictures[i], errs[i] = w.view(ctx, socket) })
	}
	var s Star
	s.Missing = w.hub(ctx)
	asking.Wait()
	for i, socket := range w.sockets {
		g := Group{Picture: pictures[i], Socket: socket, PerSecond: unknown}
		if errs[i] != nil {
			g.Picture, g.Missing = w.last[socket].p, errs[i].Error()
			g.lose()
		} else {
			w.rate(&g, socket)
		}
		s.add(g)
	}
	w.addStar(&s)
	return s
}

// lose: what was there before is gone as far as anybody can tell.
func (g *Group) lose() {
	g.State = "unreachable"
	g.Members = slices.Clone(g.Members)
	for i := range g.Members {
		g.Members[i].Health = "unknown"
	}
}

// rate counts between this look and the one before.
func (w *Watcher) rate(g *Group, key string) {
	now, before := w.now(), w.last[key]
	passed := now.Sub(before.at).Seconds()
	if known := !before.at.IsZero() && passed > 0; known {
		g.PerSecond = rate(g.Questions, before.p.Questions, passed)
	}
	for _, m := range g.Members {
		r := unknown
		for _, old := range before.p.Members {
			if old.ID == m.ID && passed > 0 {
				r = rate(m.Answered, old.Answered, passed)
			}
		}
		g.Elements = append(g.Elements, r)
	}
	w.last[key] = seen{now, g.Picture}
}

// rate is unknown where an MCU began to count anew.
func rate(now, before uint64, seconds float64) Rate {
	if now < before {
		return unknown
	}
	return Rate(float64(now-before) / seconds)
}

func (s *Star) add(g Group) {
	b := s.branch(g.Branch)
	b.Groups = append(b.Groups, g)
	slices.SortStableFunc(b.Groups, func(a, b Group) int { return cmp.Compare(a.Picture.Group, b.Picture.Group) })
}

func (s *Star) branch(name string) *Branch {
	i := slices.IndexFunc(s.Branches, func(b Branch) bool { return b.Name == name })
	if i < 0 {
		i = len(s.Branches)
		s.Branches = append(s.Branches, Branch{Name: name})
	}
	return &s.Branches[i]
}
