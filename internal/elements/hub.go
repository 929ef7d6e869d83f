package elements

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

const (
	// reportWithin is more than the hub gives the MCUs that it asks.
	reportWithin = 5 * time.Second
	// maxReport is what the hub tells at most.
	maxReport = 4 << 20
)

// Report is what a hub tells of the whole star.
type Report struct {
	Branches []Link         `json:"branches"`
	Groups   []door.Picture `json:"groups"`
}

// Link is a branch as the hub sees it. Rates are by the hub's clock, per second since
// anybody asked it before.
type Link struct {
	Name      string  `json:"name"`
	Reached   bool    `json:"reached"` // its registry answers
	Linked    bool    `json:"linked"`  // its server is joined to the hub
	Groups    int     `json:"groups"`
	Questions float64 `json:"questions_per_second"`
	BytesIn   float64 `json:"bytes_in_per_second"`
	BytesOut  float64 `json:"bytes_out_per_second"`
}

// Centre reads one report at a hub's Unix socket.
func Centre(ctx context.Context, socket string) (r Report, err error) {
	ctx, cancel := context.WithTimeout(ctx, reportWithin)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return r, errors.New("the hub is not there")
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(reportWithin))
	b, err := io.ReadAll(io.LimitReader(conn, maxReport+1))
	if err != nil || len(b) > maxReport || json.Unmarshal(b, &r) != nil {
		return r, errors.New("the hub does not answer with a report")
	}
	return r, nil
}

// hub asks the hub, and keeps what it told last. It returns why it tells nothing.
func (w *Watcher) hub(ctx context.Context) (missing string) {
	if w.star == "" {
		return ""
	}
	r, err := w.report(ctx, w.star)
	if err != nil {
		for i := range w.told.Groups {
			g := Group{Picture: w.told.Groups[i]}
			g.lose()
			w.told.Groups[i] = g.Picture
		}
		w.told.Branches = nil
		return err.Error()
	}
	w.told = r
	return ""
}

// addStar adds what the hub told. A group whose MCU was asked itself is there already.
func (w *Watcher) addStar(s *Star) {
	for i := range w.told.Branches {
		link := w.told.Branches[i]
		if link.Groups > 0 || link.Linked {
			s.branch(link.Name).Link = &link
		}
	}
	for _, p := range w.told.Groups {
		if slices.ContainsFunc(s.branch(p.Branch).Groups, func(g Group) bool { return g.Missing == "" && g.Group == p.Group }) {
			continue
		}
		g := Group{Picture: p, PerSecond: unknown}
		if s.Missing != "" {
			g.Missing = s.Missing
		} else {
			w.rate(&g, p.Branch+"/"+p.Group)
		}
		s.add(g)
	}
	if w.star != "" {
		slices.SortStableFunc(s.Branches, func(a, b Branch) int { return cmp.Compare(a.Name, b.Name) })
	}
}
