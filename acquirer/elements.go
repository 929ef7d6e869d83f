package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
	"github.com/strongroom-pos/strongroom/secureworld/element/reach"
)

const (
	// elementConnections is how many questions may be under way at an element.
	elementConnections = 16
	// elementPatience is how long a start waits for the elements; a group of them
	// agrees on a secret first.
	elementPatience = 15 * time.Second
	elementPause    = 20 * time.Millisecond
	// groupGiveUp is for how long a question is carried from group to group: less than
	// a terminal waits for its answer.
	groupGiveUp = 5 * time.Second
	// findingsEvery is how often it is looked whether a group was found out.
	findingsEvery = 2 * time.Second
	// groupVotes and groupMakes are what this host wants of a group whatever mode its
	// MCU proposes: else a lying MCU would propose one that a single element decides.
	groupVotes, groupMakes = 2, 2
)

// elements are what the host asks, and who watches over them.
type elements interface {
	host.Elements
	Close()
}

// connect prepares to ask one element, or groups behind MCUs and on the bus.
func connect(ctx context.Context, o options, log *slog.Logger) (elements, error) {
	if o.element != "" {
		return element.NewClient(o.element, elementConnections), nil
	}
	own, err := identity.LoadClient(o.poolClient)
	if err != nil {
		return nil, fmt.Errorf("reading this host's identity towards its elements: %w", err)
	}
	way, err := reach.Open(ctx, o.groups, o.audit.role(), func() { log.Warn("the bus to the elements is not there yet") })
	if err != nil {
		return nil, err
	}
	g := &groups{way: way}
	config := pool.Config{Identity: own, Groups: way.Carriers, GiveUp: groupGiveUp, Votes: o.votes, Makes: o.makes}
	if err := g.audited(ctx, &config, o.audit, log); err != nil {
		g.Close()
		return nil, err
	}
	if g.Client, err = pool.NewClient(config); err != nil {
		g.Close()
		return nil, err
	}
	go watch(ctx, g.Client, log) // ends with ctx
	return g, nil
}

// groups are a client of groups with its way to them, and who audits them.
type groups struct {
	*pool.Client
	way   *reach.Way
	audit *audit
}

// Close ends what there is.
func (g *groups) Close() {
	if g.Client != nil {
		g.Client.Close()
	}
	if g.audit != nil {
		g.audit.Close()
	}
	g.way.Close()
}

// checkElements wants one way to elements.
func (o options) checkElements() error {
	if (o.element == "") != o.groups.Given() || o.groups.Given() != (o.poolClient != "") {
		return errors.New("either -element is needed, or -pool-client with -mcu or -star")
	}
	return o.audit.check(o.groups.Given())
}

// await lets the elements come up: they are started together with this host.
func await(ctx context.Context, e elements) error {
	ctx, cancel := context.WithTimeout(ctx, elementPatience)
	defer cancel()
	for {
		if _, err := e.Status(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return errors.New("the secure elements do not answer")
			}
			return ctx.Err()
		case <-time.After(elementPause):
		}
	}
}

// watch tells each new finding about groups, and each group that is asked.
func watch(ctx context.Context, client *pool.Client, log *slog.Logger) {
	var seen teller
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(findingsEvery):
			seen.tell(client.Groups(), client.Findings(), log)
		}
	}
}

// teller knows what it told.
type teller struct {
	epochs map[string]uint32
	counts map[pool.Finding]uint64 // by finding without its count
}

func (t *teller) tell(groups []pool.Group, findings []pool.Finding, log *slog.Logger) {
	if t.epochs == nil {
		t.epochs, t.counts = map[string]uint32{}, map[pool.Finding]uint64{}
	}
	for _, g := range groups {
		if name := g.Branch + "/" + g.Name; t.epochs[name] != g.Epoch {
			t.epochs[name] = g.Epoch
			log.Info("elements", "group", name, "epoch", g.Epoch, "makes", strings.Join(g.Makes, " "), "votes", g.Votes)
		}
	}
	for _, f := range findings {
		count := f.Count
		f.Count = 0
		if t.counts[f] != count {
			t.counts[f] = count
			log.Warn("finding about elements", "group", f.Group, "make", f.Make, "member", f.Member, "what", f.What, "code", f.Code, "count", count)
		}
	}
}
