// Package inspect runs an auditor in a client's program: it asks canaries, has a share
// of the program's own answers asked of other groups, and acts on what it finds. A group
// that is named is asked no more by this program and, where it may say so on the bus, by
// nobody; evidence of it, signed by this client, is kept in a folder.
//
// The acquirer and the auditor's own program import it. It holds no key but its client's
// identity.
package inspect

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/auditor"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/registry"
	"github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
	"github.com/strongroom-pos/strongroom/secureworld/element/reach"
)

const (
	// maxFiles bounds the evidence that one run keeps: a group that lies does it often.
	maxFiles = 64
	// patience is what a group has for a question of an audit, and what telling has.
	patience = 5 * time.Second
)

// Config is an inspection.
type Config struct {
	Way      *reach.Way
	Pool     pool.Config // how groups are asked: identity, votes and makes
	Share    float64     // of the answers that Saw is shown
	Canaries []auditor.Canary
	Every    time.Duration // between two rounds of canaries
	Folder   string        // of evidence; empty: none is kept
	Suspect  bool          // say it on the bus: needs an auditor's role
	Log      *slog.Logger
}

// Inspection is a running audit. Any number of goroutines may use it.
type Inspection struct {
	config  Config
	clients *reach.Clients
	auditor *auditor.Auditor
	files   atomic.Int32

	mu        sync.Mutex
	described map[string]door.Description // by group: one that is avoided is not reached again; guarded by mu
}

// New prepares one. Close must be called.
func New(c Config) (*Inspection, error) {
	c.Pool.GiveUp, c.Pool.Saw = patience, nil // its own questions are not checked again
	i := &Inspection{config: c, clients: reach.NewClients(c.Way, c.Pool), described: map[string]door.Description{}}
	a, err := auditor.New(auditor.Config{Groups: i.groups, Share: c.Share, Canaries: c.Canaries, Report: i.report})
	i.auditor = a
	return i, err
}

// Close ends its clients, once Run has ended.
func (i *Inspection) Close() { i.clients.Close() }

// Run audits until ctx ends.
func (i *Inspection) Run(ctx context.Context) {
	ended := make(chan struct{})
	go func() { defer close(ended); i.auditor.Run(ctx) }()
	defer func() { <-ended }()
	for {
		if len(i.config.Canaries) > 0 {
			before := i.auditor.Counts().Canaries
			wrong := i.auditor.AskCanaries(ctx)
			i.config.Log.Info("canaries", "asked", i.auditor.Counts().Canaries-before, "wrong", wrong)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(i.config.Every):
		}
	}
}

// Saw is for pool.Config.Saw.
func (i *Inspection) Saw(from pool.Carrier, kind element.Kind, request, answer []byte) {
	i.auditor.Saw(i.config.Way.Name(from), kind, request, answer)
}

func (i *Inspection) groups() []auditor.Group {
	clients, err := i.clients.Groups()
	if err != nil {
		return nil // the configuration of all clients is the same, and the first was made
	}
	var list []auditor.Group
	for _, c := range clients {
		list = append(list, auditor.Group{Name: c.Name, Client: c.Client})
	}
	return list
}

// report tells, keeps evidence, and stops the asking where one group is named.
func (i *Inspection) report(f auditor.Finding) {
	i.config.Log.Error("a group of elements lies", "what", f.String())
	description := i.describe(f.Group)
	if err := i.keep(f, description); err != nil {
		i.config.Log.Error("keeping evidence", "err", err)
	}
	if f.Named && !i.suspect(f) {
		i.config.Way.Avoid(f.Group)
	}
}

// suspect says on the bus which group lies, until an operator clears it there. False: it
// could not be said.
func (i *Inspection) suspect(f auditor.Finding) bool {
	conn := i.config.Way.Conn()
	branch, name, ok := strings.Cut(f.Group, "/")
	if !i.config.Suspect || conn == nil || !ok {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s := registry.Suspicion{Branch: branch, Group: name, Time: time.Now().UTC(), What: f.String()}
	err := bus.Suspect(ctx, conn, s)
	if err != nil {
		i.config.Log.Error("telling the bus of a group that lies", "group", f.Group, "err", err)
	}
	return err == nil
}

// describe asks a group who it is; the zero Description where it does not say, or where
// a finding is of two.
func (i *Inspection) describe(name string) (d door.Description) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if known, ok := i.described[name]; ok {
		return known
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, g := range i.config.Way.Groups() {
		if g.Name != name {
			continue
		}
		if d, err := g.Carrier.Describe(ctx); err == nil { // evidence without it is better than none
			i.described[name] = d
			return d
		}
	}
	return d
}

// keep writes a file of evidence.
func (i *Inspection) keep(f auditor.Finding, d door.Description) error {
	number := i.files.Add(1)
	if i.config.Folder == "" || number > maxFiles {
		return nil
	}
	now := time.Now().UTC()
	b, err := auditor.Sign(auditor.State(f, now.Format(time.RFC3339), d), i.config.Pool.Identity)
	if err != nil {
		return err
	}
	path := filepath.Join(i.config.Folder, fmt.Sprintf("group-%s-%d", now.Format("20060102T150405"), number))
	if err := os.WriteFile(path+".new", append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path+".json")
}
