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
	Branches []Branch `json:"branches"`
}

// Branch is a part of the tree; its groups stand in the order of their names.
type Branch struct {
	Name   string  `json:"name"`
	Groups []Group `json:"groups"`
}

// Group is one group as its MCU pictures it. A group whose MCU did not answer is named
// by its socket and has no picture.
type Group struct {
	door.Picture
	Socket    string `json:"socket"`
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
	view    func(context.Context, string) (door.Picture, error)
	now     func() time.Time
	last    map[string]seen
}

type seen struct {
	at time.Time
	p  door.Picture
}

// NewWatcher watches the groups of the MCUs at these sockets.
func NewWatcher(sockets []string) *Watcher {
	return &Watcher{sockets, View, time.Now, map[string]seen{}}
}

// Look asks all MCUs at once.
func (w *Watcher) Look(ctx context.Context) Star {
	pictures, errs := make([]door.Picture, len(w.sockets)), make([]error, len(w.sockets))
	var asking sync.WaitGroup
	for i, socket := range w.sockets {
		asking.Go(func() { pictures[i], errs[i] = w.view(ctx, socket) })
	}
	asking.Wait()
	var s Star
	for i, socket := range w.sockets {
		g := Group{Picture: pictures[i], Socket: socket, PerSecond: unknown}
		if errs[i] != nil {
			g.Picture, g.Missing = w.last[socket].p, errs[i].Error()
			g.lose()
		} else {
			w.rate(&g)
		}
		s.add(g)
	}
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
func (w *Watcher) rate(g *Group) {
	now, before := w.now(), w.last[g.Socket]
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
	w.last[g.Socket] = seen{now, g.Picture}
}

// rate is unknown where an MCU began to count anew.
func rate(now, before uint64, seconds float64) Rate {
	if now < before {
		return unknown
	}
	return Rate(float64(now-before) / seconds)
}

func (s *Star) add(g Group) {
	i := slices.IndexFunc(s.Branches, func(b Branch) bool { return b.Name == g.Branch })
	if i < 0 {
		i = len(s.Branches)
		s.Branches = append(s.Branches, Branch{Name: g.Branch})
	}
	s.Branches[i].Groups = append(s.Branches[i].Groups, g)
	slices.SortStableFunc(s.Branches[i].Groups, func(a, b Group) int { return cmp.Compare(a.Picture.Group, b.Picture.Group) })
}
