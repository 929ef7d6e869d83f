package auditor

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// maxWaiting bounds the checks that wait; what comes while they are as many is not
// checked, and payments never wait for a check.
const maxWaiting = 1024

// maxFindings bounds what is kept; all are reported.
const maxFindings = 256

// Group is one group that is audited and audits the others. All hold the same keys.
type Group struct {
	Name   string
	Client Asker
}

// Config is what an auditor is made of.
type Config struct {
	Groups   func() []Group // of now: they come and go
	Share    float64        // of the answers that are asked of another group too
	Canaries []Canary       // asked by Canaries
	Report   func(Finding)  // called for each; nil: Findings alone keeps them
}

// Finding is a disagreement between groups, or of a group with what is known.
type Finding struct {
	Group   string // who is wrong; where two groups differ and no third decides, both
	Named   bool   // it is one group, and no other can be meant
	Against string // a group, or a canary
	Kind    element.Kind
	After   uint64  // answers that the group gave since it was last found right
	Share   float64 // of them that are asked of another group too
	// Question, Want and Said are a canary's: body, and answers as package element has
	// them. Of a payment's question they are empty, for account data may be in it.
	Question, Want, Said []byte
}

func (f Finding) String() string {
	s := fmt.Sprintf("%s answers %02x otherwise than %s", f.Group, f.Kind, f.Against)
	if f.After > 0 && f.Share > 0 {
		s += fmt.Sprintf(", %d answers after it was last found right: that many wrong ones go unseen with probability %.2g",
			f.After, Unseen(f.Share, f.After))
	}
	return s
}

// Counts are what an auditor did so far.
type Counts struct {
	Answers, Checks, Canaries, Unchecked uint64
}

// Auditor compares groups. Any number of goroutines may use it.
type Auditor struct {
	config Config
	queue  chan check

	mu       sync.Mutex
	counts   Counts            // guarded by mu
	exposed  map[string]uint64 // by group: answers since it was last found right; guarded by mu
	findings []Finding         // guarded by mu
}

// New makes an auditor of groups; of one alone, canaries are all it has.
func New(c Config) (*Auditor, error) {
	if c.Groups == nil || c.Share < 0 || c.Share > 1 {
		return nil, errors.New("auditor: groups and a share between 0 and 1 are needed")
	}
	return &Auditor{config: c, queue: make(chan check, maxWaiting), exposed: map[string]uint64{}}, nil
}

// Run makes the checks until ctx ends.
func (a *Auditor) Run(ctx context.Context) {
	for {
		select {
		case c := <-a.queue:
			a.cross(ctx, &c)
			c.wipe()
		case <-ctx.Done():
			return
		}
	}
}

// Counts returns what was done so far.
func (a *Auditor) Counts() Counts {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.counts
}

// Findings returns all so far.
func (a *Auditor) Findings() []Finding {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Finding(nil), a.findings...)
}

// sampled draws whether an answer is checked: a group that could tell beforehand would
// lie to the others.
func (a *Auditor) sampled() bool {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return float64(binary.BigEndian.Uint32(b[:])) < a.config.Share*(1<<32)
}

// right notes that a group was found right.
func (a *Auditor) right(group string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.exposed, group)
}

// found notes and reports a finding of one group, or of two of which one is wrong.
func (a *Auditor) found(f Finding, between ...string) {
	f.Named, f.Share = len(between) == 1, a.config.Share
	f.Group = strings.Join(between, " or ")
	a.mu.Lock()
	f.After = a.exposed[between[0]]
	if len(a.findings) < maxFindings {
		a.findings = append(a.findings, f)
	}
	a.mu.Unlock()
	if a.config.Report != nil {
		a.config.Report(f)
	}
}

// others are the groups besides one, the next first: all are asked in turn.
func (a *Auditor) others(group string) []Group {
	all := a.config.Groups()
	at := slices.IndexFunc(all, func(g Group) bool { return g.Name == group })
	rotated := slices.Concat(all[at+1:], all[:at+1])
	return slices.DeleteFunc(rotated, func(g Group) bool { return g.Name == group })
}
