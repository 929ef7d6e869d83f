// Package central sees all branches of a star as one: which groups serve, how they do,
// and how much each branch's link carries. It stands at the centre, beside the cluster
// of servers that branches are joined to.
//
// It asks the MCUs for their pictures and hands them on, as JSON of type Report: once
// for each connection to a Unix socket of mode 0600, or as the answer to a message on
// centre.view. It decides nothing: which group a client asks is the client's choice,
// and a branch that is cut off serves on by itself.
//
// The program of a centre imports it. It must never hold a key.
package central

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

const (
	// viewDeadline is what an MCU has for its picture.
	viewDeadline = 2 * time.Second
	// maxViews is how many MCUs are asked at once.
	maxViews = 32
	// maxReport is what a bus message carries.
	maxReport = bus.MaxMessage
)

// Traffic is what a branch's link has carried so far.
type Traffic struct {
	Branch            string
	BytesIn, BytesOut int64
}

// Report is the star for people.
type Report struct {
	Branches []Branch           `json:"branches"`
	Groups   []overseer.Picture `json:"groups"`
}

// Branch is one branch: rates are per second since the report before.
type Branch struct {
	Name      string  `json:"name"`
	Reached   bool    `json:"reached"` // its registry answers
	Linked    bool    `json:"linked"`  // its server is joined here; false too for a branch of the centre itself
	Groups    int     `json:"groups"`
	Serving   int     `json:"serving"`
	Questions float64 `json:"questions_per_second"`
	BytesIn   float64 `json:"bytes_in_per_second"`
	BytesOut  float64 `json:"bytes_out_per_second"`
}

// Config is a centre.
type Config struct {
	Conn     *bus.Conn // of a Keeper
	Branches []bus.Branch
	Links    func() []Traffic // of the servers at the centre; nil: not known
}

// Centre follows all branches.
type Centre struct {
	config    Config
	directory *bus.Directory

	mu   sync.Mutex
	last map[string]sample // by branch; guarded by mu
}

// New follows the branches.
func New(c Config) *Centre {
	return &Centre{config: c, directory: bus.NewDirectory(c.Conn, c.Branches...), last: map[string]sample{}}
}

// Close stops following.
func (c *Centre) Close() { c.directory.Close() }

// View asks all groups for their pictures, at once. A group that gives none is there as
// its record says, with a finding.
func (c *Centre) View(ctx context.Context) []overseer.Picture {
	records, doubted := c.directory.Records(), c.suspicions()
	pictures := make([]overseer.Picture, len(records))
	slots := make(chan struct{}, maxViews)
	var asking sync.WaitGroup
	for i := range records {
		slots <- struct{}{}
		asking.Go(func() {
			defer func() { <-slots }()
			pictures[i] = c.picture(ctx, &records[i])
			doubted.mark(&pictures[i])
		})
	}
	asking.Wait()
	return pictures
}

func (c *Centre) picture(ctx context.Context, r *registry.Record) overseer.Picture {
	ctx, cancel := context.WithTimeout(ctx, viewDeadline)
	defer cancel()
	p, err := bus.NewCarrier(c.config.Conn, r.Branch, r.Group).View(ctx)
	if err != nil {
		p = missing(r)
	}
	return placed(r, p)
}

// missing is a group whose MCU does not answer, as its record says.
func missing(r *registry.Record) overseer.Picture {
	p := overseer.Picture{Epoch: r.Epoch, State: "stopped", Findings: []string{"its MCU does not answer"}}
	for _, m := range r.Makes {
		p.Members = append(p.Members, overseer.Member{Make: m})
	}
	return p
}

// placed is a picture where its group stands: an MCU cannot pass for another.
func placed(r *registry.Record, p overseer.Picture) overseer.Picture {
	p.Branch, p.Group = r.Branch, r.Group
	if p.State == "serving" && r.State == registry.Draining {
		p.State = registry.Draining
	}
	return p
}

// Report looks at everything.
func (c *Centre) Report(ctx context.Context) Report {
	r := Report{Groups: c.View(ctx)}
	traffic := map[string]Traffic{}
	if c.config.Links != nil {
		for _, t := range c.config.Links() {
			traffic[t.Branch] = t
		}
	}
	for _, b := range c.branches(r.Groups) {
		branch := Branch{Name: b.Name, Reached: c.reached(b.Name)}
		link, linked := traffic[b.Name]
		branch.Linked = linked
		c.count(&branch, r.Groups, link, time.Now())
		r.Branches = append(r.Branches, branch)
	}
	slices.SortFunc(r.Branches, func(a, b Branch) int { return cmp.Compare(a.Name, b.Name) })
	return r
}
