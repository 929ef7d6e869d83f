// Package registry is the list of the groups of one branch: a key and value store of
// JetStream with one record for each group. Every change is checked against the
// revision that it was made from, so two MCUs of one group cannot overwrite each
// other, and an epoch never goes back.
//
// A record says who claims to serve; it proves nothing. A client verifies the group by
// the certificates in its description.
//
// Package bus and its inner parts import it. It must never hold a key.
package registry

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
)

// States of a group.
const (
	Serving  = "serving"
	Draining = "draining" // finishes what is in flight; clients open no sessions there
)

const (
	// MaxRecord bounds a record on the wire.
	MaxRecord = 4096
	// maxServers bounds the MCUs of one group, and maxMakes its members.
	maxServers = 8
	maxMakes   = 7
)

// Record is one group.
type Record struct {
	Branch  string               `json:"branch"`
	Group   string               `json:"group"`
	Epoch   uint32               `json:"epoch"`
	State   string               `json:"state"`
	Makes   []string             `json:"makes"`   // of the members, in the transcript's order
	Servers map[string]time.Time `json:"servers"` // MCU processes, and when each was last seen by its own clock
}

var (
	errRecord = errors.New("registry: malformed record")
	// ErrEpoch refuses a record of an epoch before the one that is listed.
	ErrEpoch = errors.New("registry: an epoch cannot go back")
)

// ParseRecord reads the record under a key.
func ParseRecord(key string, b []byte) (*Record, error) {
	branch, group, ok := subject.ParseKey(key)
	if !ok || len(b) > MaxRecord {
		return nil, errRecord
	}
	r := &Record{}
	if json.Unmarshal(b, r) != nil || r.Branch != branch || r.Group != group || !r.valid() {
		return nil, errRecord
	}
	return r, nil
}

func (r *Record) valid() bool {
	if (r.State != Serving && r.State != Draining) || len(r.Servers) > maxServers || len(r.Makes) > maxMakes {
		return false
	}
	for name := range r.Servers {
		if !subject.Valid(name) {
			return false
		}
	}
	return !slices.ContainsFunc(r.Makes, func(m string) bool { return len(m) > subject.MaxName })
}

// Enlist makes name one of the servers of the group, in this epoch.
func (r *Record) Enlist(name string, epoch uint32, makes []string, now time.Time) error {
	if epoch < r.Epoch {
		return ErrEpoch
	}
	r.Epoch, r.Makes, r.State = epoch, makes, Serving
	if r.Servers == nil {
		r.Servers = map[string]time.Time{}
	}
	r.Servers[name] = now.UTC()
	return nil
}

// Expire forgets servers that were not seen since then.
func (r *Record) Expire(then time.Time) {
	for name, seen := range r.Servers {
		if seen.Before(then) {
			delete(r.Servers, name)
		}
	}
}
