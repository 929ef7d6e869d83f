package bus

import (
	"context"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

// follow listens to one branch's registry, again and again.
func (d *Directory) follow(ctx context.Context, rank int, b Branch) {
	for ctx.Err() == nil {
		if d.listen(ctx, rank, b) != nil {
			d.mark(b.Name, false)
			pause(ctx, retryInterval)
		}
	}
}

// listen reads the list and then each change until the registry falls silent. What is
// not in the list any more was deleted while nobody listened.
func (d *Directory) listen(ctx context.Context, rank int, b Branch) error {
	line, err := d.conn.ready(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(line, cancel)() // another server: listen anew
	opening, done := context.WithTimeout(ctx, registryDeadline)
	list, err := registry.Open(opening, d.conn.nats, b.Domain)
	done()
	if err != nil {
		return err
	}
	present, first := map[string]bool{}, true
	settled := func() {
		first = false
		d.forget(rank, present)
		d.mark(b.Name, true)
	}
	return list.Watch(ctx, silence, settled, func(e registry.Event) {
		switch {
		case first && e.Record != nil:
			present[subject.Key(e.Branch, e.Group)] = true
		case first && e.Suspicion != nil:
			present[subject.Suspected(e.Branch, e.Group)] = true
		}
		d.event(rank, e)
	})
}

// forget drops the groups and suspicions of a registry that it does not list.
func (d *Directory) forget(rank int, present map[string]bool) {
	d.mu.Lock()
	var gone []registry.Event
	for key, e := range d.groups {
		if e.rank == rank && !present[key] {
			gone = append(gone, registry.Event{Branch: e.record.Branch, Group: e.record.Group})
		}
	}
	for _, s := range d.suspect {
		if s.rank == rank && !present[subject.Suspected(s.suspicion.Branch, s.suspicion.Group)] {
			gone = append(gone, registry.Event{Branch: s.suspicion.Branch, Group: s.suspicion.Group, OfSuspicion: true})
		}
	}
	d.mu.Unlock()
	for _, e := range gone {
		d.event(rank, e)
	}
}

func (d *Directory) mark(branch string, reached bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settled[branch] = reached
}

func pause(ctx context.Context, duration time.Duration) {
	t := time.NewTimer(duration)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
