// Package reach finds the groups of secure elements that a client's program asks: MCUs
// behind Unix sockets, groups on the bus as they come and go, or both. It links the bus,
// which package pool does not.
//
// Programs of clients import it. It holds no key but, through the bus's library, the
// seed by which its program may use the bus.
package reach

import (
	"context"
	"errors"
	"flag"
	"slices"
	"strings"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

// Flags say where groups are. Lists have commas between.
type Flags struct {
	MCUs      string // Unix sockets, each with branch/group= before it where it has a name
	Star      string // URLs of the bus's servers
	Seed      string // path of this program's seed on the bus
	Authority string // path of who certified the servers, PEM; empty: no TLS
	Name      string // of this program on the bus
	Branches  string // whose servers have registries of their own
}

// Register adds the flags to a program's.
func (f *Flags) Register(flags *flag.FlagSet, name string) {
	flags.StringVar(&f.MCUs, "mcu", "", "Unix `sockets` of the MCUs of groups of elements, [BRANCH/GROUP=]PATH with commas between")
	flags.StringVar(&f.Star, "star", "", "`URLs` of the bus on which groups of elements are, with commas between")
	flags.StringVar(&f.Seed, "star-seed", "", "`file` of this program's seed on the bus; empty: a bus without users")
	flags.StringVar(&f.Authority, "star-ca", "", "PEM `file` of who certified the bus's servers; empty: no TLS")
	flags.StringVar(&f.Name, "star-name", name, "`name` of this program on the bus")
	flags.StringVar(&f.Branches, "star-branches", "", "`names` of branches that have registries of their own, the preferred first, with commas between")
}

// Given tells whether there is any way to groups.
func (f *Flags) Given() bool { return f.MCUs != "" || f.Star != "" }

// Group is one that may be asked. Name is its branch and name, with a slash between,
// or its MCU's socket where the operator gave it none.
type Group struct {
	Name    string
	Carrier pool.Carrier
}

// Way is the way to groups. Any number of goroutines may use it.
type Way struct {
	sockets []Group
	joining sync.WaitGroup
	end     context.CancelFunc

	mu        sync.Mutex
	conn      *bus.Conn       // nil: not on the bus yet; guarded by mu
	directory *bus.Directory  // likewise; guarded by mu
	avoided   map[string]bool // by name; guarded by mu
	closed    bool            // guarded by mu
}

// Open prepares the way. It does not wait for the bus: until that is there, no group is
// on it, and missing is told once. kind is what the program may do there.
func Open(ctx context.Context, f Flags, kind subject.Kind, missing func()) (*Way, error) {
	w := &Way{avoided: map[string]bool{}}
	for _, socket := range split(f.MCUs) {
		w.sockets = append(w.sockets, dial(socket))
	}
	ctx, w.end = context.WithCancel(ctx)
	if f.Star == "" {
		return w, nil
	}
	if err := w.join(ctx, f, kind, missing); err != nil {
		w.end()
		return nil, err
	}
	return w, nil
}

// join goes on the bus, now or when it is there. An error: it will never be.
func (w *Way) join(ctx context.Context, f Flags, kind subject.Kind, missing func()) error {
	trusted, err := bus.Trust(f.Authority)
	if err != nil {
		return err
	}
	branches := []bus.Branch{{Name: "here"}}
	for _, name := range split(f.Branches) {
		branches = append(branches, bus.Branch{Name: name, Domain: name})
	}
	c := bus.Config{URLs: split(f.Star), Role: subject.Role{Kind: kind, Name: f.Name}, Seed: f.Seed, TLS: trusted}
	conn, err := bus.Connect(c)
	switch {
	case err == nil:
		w.joined(conn, branches)
	case errors.Is(err, bus.ErrUnreached):
		w.joining.Go(func() {
			if conn, err := bus.Join(ctx, c, missing); err == nil {
				w.joined(conn, branches)
			}
		})
	default:
		return err
	}
	return nil
}

// placed is an MCU at a socket whose branch and group the operator named.
type placed struct {
	pool.Carrier
	branch, group string
}

// Name implements what package pool knows a group by.
func (p *placed) Name() (branch, group string) { return p.branch, p.group }

// dial reads [BRANCH/GROUP=]PATH.
func dial(s string) Group {
	name, path, named := strings.Cut(s, "=")
	branch, group, ok := strings.Cut(name, "/")
	if !named || !ok || !subject.Valid(branch) || !subject.Valid(group) {
		return Group{s, pool.Dial(s)}
	}
	return Group{name, &placed{pool.Dial(path), branch, group}}
}

func split(s string) []string {
	return slices.DeleteFunc(strings.Split(s, ","), func(s string) bool { return s == "" })
}

func (w *Way) joined(conn *bus.Conn, branches []bus.Branch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		conn.Close()
		return
	}
	w.conn, w.directory = conn, bus.NewDirectory(conn, branches...)
}

// Close ends it.
func (w *Way) Close() {
	w.end()
	w.mu.Lock()
	w.closed = true
	conn, directory := w.conn, w.directory
	w.mu.Unlock()
	w.joining.Wait()
	if conn != nil {
		directory.Close()
		conn.Close()
	}
}

// Conn is the connection to the bus; nil: there is none yet.
func (w *Way) Conn() *bus.Conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.conn
}

// Groups lists those of now that may be asked: not those that an auditor suspects, here
// or on the bus.
func (w *Way) Groups() []Group {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := slices.Clone(w.sockets)
	if w.directory != nil {
		for _, c := range w.directory.Carriers() {
			branch, name := c.Name()
			list = append(list, Group{branch + "/" + name, c})
		}
	}
	return slices.DeleteFunc(list, func(g Group) bool { return w.avoided[g.Name] })
}

// Carriers is Groups as pool.Config has them.
func (w *Way) Carriers() []pool.Carrier {
	groups := w.Groups()
	list := make([]pool.Carrier, len(groups))
	for i := range groups {
		list[i] = groups[i].Carrier
	}
	return list
}

// Name is the name of the group of a Carrier of this way; empty: it is gone.
func (w *Way) Name(of pool.Carrier) string {
	if c, ok := of.(*bus.Carrier); ok {
		branch, name := c.Name()
		return branch + "/" + name
	}
	for _, g := range w.sockets {
		if g.Carrier == of {
			return g.Name
		}
	}
	return ""
}

// Avoid asks a group no more, for as long as the program runs.
func (w *Way) Avoid(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.avoided[name] = true
}
