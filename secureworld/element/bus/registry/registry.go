package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

// attempts is how often a change is made again when another came before it. Records
// change every few seconds, and a group has a handful of MCUs.
const attempts = 16

// Registry is the list of one branch.
type Registry struct{ kv jetstream.KeyValue }

// Create makes the registry where there is none, kept by so many servers.
func Create(ctx context.Context, nc *nats.Conn, replicas int) (*Registry, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("registry: creating: %w", err)
	}
	kv, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: subject.Bucket, Replicas: replicas, History: 1,
		MaxValueSize: MaxRecord, MaxBytes: 4 << 20, Storage: jetstream.FileStorage,
	})
	if err != nil {
		return nil, fmt.Errorf("registry: creating: %w", err)
	}
	return &Registry{kv}, nil
}

// Open opens the registry of the branch whose JetStream has that domain; "" is that of
// the server one is connected to.
func Open(ctx context.Context, nc *nats.Conn, domain string) (*Registry, error) {
	js, err := jetstream.New(nc)
	if domain != "" {
		js, err = jetstream.NewWithDomain(nc, domain)
	}
	if err != nil {
		return nil, fmt.Errorf("registry: opening: %w", err)
	}
	kv, err := js.KeyValue(ctx, subject.Bucket)
	if err != nil {
		return nil, fmt.Errorf("registry: opening: %w", err)
	}
	return &Registry{kv}, nil
}

// Change lets change work on the group's record as it is, or on an empty one, and
// stores the result unless somebody else was faster; then it begins again. A record
// without servers is deleted.
func (r *Registry) Change(ctx context.Context, branch, group string, change func(*Record) error) error {
	for range attempts {
		record, revision, err := r.get(ctx, branch, group)
		if err != nil {
			return err
		}
		if err := change(record); err != nil {
			return err
		}
		if err = r.put(ctx, record, revision); !errors.Is(err, jetstream.ErrKeyExists) {
			return err
		}
	}
	return fmt.Errorf("registry: changing a record: %w", jetstream.ErrKeyExists)
}

// get returns revision 0 where there is no record.
func (r *Registry) get(ctx context.Context, branch, group string) (*Record, uint64, error) {
	key := subject.Key(branch, group)
	empty := &Record{Branch: branch, Group: group, State: Serving}
	entry, err := r.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return empty, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("registry: reading a record: %w", err)
	}
	record, err := ParseRecord(key, entry.Value())
	if err != nil {
		return empty, entry.Revision(), nil // whoever may write here has the right to mend it
	}
	return record, entry.Revision(), nil
}

func (r *Registry) put(ctx context.Context, record *Record, revision uint64) error {
	key := subject.Key(record.Branch, record.Group)
	if len(record.Servers) == 0 {
		if revision == 0 {
			return nil
		}
		return mismatch(r.kv.Delete(ctx, key, jetstream.LastRevision(revision)))
	}
	b, err := json.Marshal(record)
	if err != nil {
		return err
	}
	if revision == 0 {
		_, err = r.kv.Create(ctx, key, b)
	} else {
		_, err = r.kv.Update(ctx, key, b, revision)
	}
	return mismatch(err)
}

// mismatch gives the refusals of a stale revision one name: the library's differs
// between making a record and changing it.
func mismatch(err error) error {
	if errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		return jetstream.ErrKeyExists
	}
	return err
}
