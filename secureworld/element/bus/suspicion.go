package bus

import (
	"cmp"
	"context"
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
)

// doubt is a suspicion and the branch in whose registry it stands.
type doubt struct {
	rank      int
	suspicion registry.Suspicion
}

// doubts takes one in and tells whether that changed who is asked. Under mu.
func (d *Directory) doubts(rank int, key string, s *registry.Suspicion) (changed bool) {
	known, suspected := d.suspect[key]
	switch {
	case s != nil:
		d.suspect[key] = doubt{rank, *s}
		return !suspected
	case suspected && known.rank == rank:
		delete(d.suspect, key)
		return true
	}
	return false
}

// Suspicions lists what auditors found out, by branch and group.
func (d *Directory) Suspicions() []registry.Suspicion {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []registry.Suspicion
	for _, s := range d.suspect {
		list = append(list, s.suspicion)
	}
	slices.SortFunc(list, func(a, b registry.Suspicion) int {
		return cmp.Or(cmp.Compare(a.Branch, b.Branch), cmp.Compare(a.Group, b.Group))
	})
	return list
}

// Suspect lists a group as suspected in the registry of the server that conn is
// connected to: whoever follows that one asks it no more. It needs an Auditor's
// connection.
func Suspect(ctx context.Context, conn *Conn, s registry.Suspicion) error {
	s.By = conn.role.Name
	return conn.suspicion(ctx, func(ctx context.Context, list *registry.Registry) error { return list.Suspect(ctx, s) })
}

// Clear takes a suspicion away there.
func Clear(ctx context.Context, conn *Conn, branch, group string) error {
	return conn.suspicion(ctx, func(ctx context.Context, list *registry.Registry) error { return list.Clear(ctx, branch, group) })
}

func (c *Conn) suspicion(ctx context.Context, do func(context.Context, *registry.Registry) error) error {
	ctx, cancel := context.WithTimeout(ctx, registryDeadline)
	defer cancel()
	list, err := registry.Open(ctx, c.nats, "")
	if err != nil {
		return err
	}
	return do(ctx, list)
}
