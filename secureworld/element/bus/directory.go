package bus

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

// Branch is a registry to follow. Domain is that of its JetStream, "" where it is the
// one of the server one is connected to.
type Branch struct {
	Name, Domain string
}

// Directory follows which groups there are. It keeps what it knows while a registry is
// not reached.
type Directory struct {
	conn     *Conn
	cancel   context.CancelFunc
	watchers sync.WaitGroup

	mu      sync.Mutex
	groups  map[string]*entry // by subject.Key; guarded by mu
	suspect map[string]doubt  // by subject.Key; guarded by mu
	settled map[string]bool   // by branch, whether its list was read; guarded by mu
	changed chan struct{}     // closed at the next change; guarded by mu
}

type entry struct {
	record  registry.Record
	carrier *Carrier
	heard   time.Time
	rank    int // of its branch
	share   uint64
}

// NewDirectory follows the registries of branches; earlier ones are preferred.
func NewDirectory(conn *Conn, branches ...Branch) *Directory {
	ctx, cancel := context.WithCancel(context.Background())
	d := &Directory{conn: conn, cancel: cancel, groups: map[string]*entry{}, suspect: map[string]doubt{}, settled: map[string]bool{}, changed: make(chan struct{})}
	for rank, b := range branches {
		d.watchers.Go(func() { d.follow(ctx, rank, b) })
	}
	return d
}

// Close stops following.
func (d *Directory) Close() {
	d.cancel()
	d.watchers.Wait()
}

// Carriers lists the groups that serve and that no auditor suspects, the preferred first: those of an earlier
// branch, those lately heard of, and among them in an order of this client's own, so
// that clients spread. A group keeps its Carrier as long as it is listed.
func (d *Directory) Carriers() []*Carrier {
	var list []*Carrier
	for _, e := range d.serving() {
		list = append(list, e.carrier)
	}
	return list
}

func (d *Directory) serving() []entry {
	d.mu.Lock()
	var list []entry
	for key, e := range d.groups {
		if _, suspected := d.suspect[key]; e.record.State == registry.Serving && !suspected {
			list = append(list, *e)
		}
	}
	d.mu.Unlock()
	stale := func(e entry) int {
		if time.Since(e.heard) > expiry {
			return 1
		}
		return 0
	}
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(cmp.Compare(stale(a), stale(b)), cmp.Compare(a.rank, b.rank), cmp.Compare(a.share, b.share))
	})
	return list
}

// Records lists all groups, draining ones too, by branch and name.
func (d *Directory) Records() []registry.Record {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []registry.Record
	for _, e := range d.groups {
		list = append(list, e.record)
	}
	slices.SortFunc(list, func(a, b registry.Record) int {
		return cmp.Or(cmp.Compare(a.Branch, b.Branch), cmp.Compare(a.Group, b.Group))
	})
	return list
}

// Reached tells whether a branch's list could be read when it was last tried.
func (d *Directory) Reached(branch string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.settled[branch]
}

// Changed is closed when the list changes after this call.
func (d *Directory) Changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

// event takes one change in.
func (d *Directory) event(rank int, e registry.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := subject.Key(e.Branch, e.Group)
	known := d.groups[key]
	switch {
	case e.OfSuspicion:
		if !d.doubts(rank, key, e.Suspicion) {
			return
		}
	case e.Record == nil && known == nil:
		return
	case e.Record == nil:
		delete(d.groups, key)
	case known == nil:
		d.groups[key] = &entry{*e.Record, NewCarrier(d.conn, e.Branch, e.Group), time.Now(), rank, share(d.conn.role, key)}
	default:
		same := known.record.State == e.Record.State && known.record.Epoch == e.Record.Epoch
		known.record, known.heard = *e.Record, time.Now()
		if same {
			return
		}
	}
	close(d.changed)
	d.changed = make(chan struct{})
}

// share spreads clients over groups (rendezvous hashing).
func share(role subject.Role, key string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(role.String() + " " + key)) // never fails
	return h.Sum64()
}
