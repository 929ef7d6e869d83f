package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

// Event is what became of one group; a nil Record: it is gone. Of a suspicion it tells
// that alone; a nil one: there is none any more.
type Event struct {
	Branch, Group string
	Record        *Record
	OfSuspicion   bool
	Suspicion     *Suspicion
}

// Watch tells the records as they are and then each change, until ctx ends, the line
// is lost, or nothing was heard for so long: servers renew their records, so silence
// means that the registry is not heard any more. settled is called once after the
// records as they are.
func (r *Registry) Watch(ctx context.Context, silence time.Duration, settled func(), event func(Event)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	begin := time.AfterFunc(silence, cancel) // a link that swallows the request
	w, err := r.kv.WatchAll(ctx)
	begin.Stop()
	if err != nil {
		return fmt.Errorf("registry: watching: %w", err)
	}
	defer w.Stop() //nolint:errcheck // the line may be gone
	quiet := time.NewTimer(silence)
	defer quiet.Stop()
	for {
		select {
		case entry, open := <-w.Updates():
			if !open {
				return ctx.Err()
			}
			quiet.Reset(silence)
			if entry == nil {
				settled()
				continue
			}
			tell(entry, event)
		case <-quiet.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tell passes on what is well formed.
func tell(entry jetstream.KeyValueEntry, event func(Event)) {
	if branch, group, ok := subject.ParseSuspected(entry.Key()); ok {
		tellSuspicion(entry, Event{Branch: branch, Group: group, OfSuspicion: true}, event)
		return
	}
	branch, group, ok := subject.ParseKey(entry.Key())
	if !ok {
		return
	}
	e := Event{Branch: branch, Group: group}
	if entry.Operation() == jetstream.KeyValuePut {
		record, err := ParseRecord(entry.Key(), entry.Value())
		if err != nil {
			return
		}
		e.Record = record
	}
	event(e)
}

// tellSuspicion passes on one that cannot be read too: whoever may write it suspects.
func tellSuspicion(entry jetstream.KeyValueEntry, e Event, event func(Event)) {
	if entry.Operation() == jetstream.KeyValuePut {
		s, err := ParseSuspicion(e.Branch, e.Group, entry.Value())
		if err != nil {
			s = &Suspicion{Branch: e.Branch, Group: e.Group, What: "malformed"}
		}
		e.Suspicion = s
	}
	event(e)
}

// List reads all records once.
func (r *Registry) List(ctx context.Context) (records []*Record, err error) {
	w, err := r.kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, fmt.Errorf("registry: listing: %w", err)
	}
	defer w.Stop() //nolint:errcheck // the line may be gone
	for {
		select {
		case entry := <-w.Updates():
			if entry == nil {
				return records, nil
			}
			tell(entry, func(e Event) {
				if e.Record != nil {
					records = append(records, e.Record)
				}
			})
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
