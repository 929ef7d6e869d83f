package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/element/auditor/inspect"
	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

// auditOptions say how groups of elements are audited, from here where their answers
// are read. Of one group, canaries are all there is.
type auditOptions struct {
	share    float64
	canaries string
	every    time.Duration
	folder   string
	tell     bool
}

func (a *auditOptions) register(flags *flag.FlagSet) {
	flags.Float64Var(&a.share, "cross-check", 0, "`share` of a group's answers that another group is asked for too, 0 to 1")
	flags.StringVar(&a.canaries, "canaries", "", "`file` of questions with known answers that every group is asked among payments' own, JSON; empty: none")
	flags.DurationVar(&a.every, "canaries-every", time.Minute, "`time` between two rounds of these")
	flags.StringVar(&a.folder, "audit-evidence", "", "`folder` of evidence of groups that lie; empty: none is kept")
	flags.BoolVar(&a.tell, "suspect", false, "say on the bus which group lies, as the auditor that this host is there")
}

// role is what this host may do on the bus.
func (a *auditOptions) role() subject.Kind {
	if a.tell {
		return subject.Auditor
	}
	return subject.Client
}

func (a *auditOptions) wanted() bool { return a.share > 0 || a.canaries != "" }

func (a *auditOptions) check(groups bool) error {
	if a.share < 0 || a.share > 1 || a.every <= 0 || (a.wanted() || a.tell) && !groups {
		return errors.New("-cross-check is a share between 0 and 1, and groups alone are audited")
	}
	return nil
}

// audit is an inspection that runs.
type audit struct {
	inspection *inspect.Inspection
	end        context.CancelFunc
	running    sync.WaitGroup
}

// audited begins an audit where one is wanted, and has config show it the answers.
func (g *groups) audited(ctx context.Context, config *pool.Config, o auditOptions, log *slog.Logger) error {
	if !o.wanted() {
		return nil
	}
	c := inspect.Config{
		Way: g.way, Pool: *config, Share: o.share, Every: o.every, Folder: o.folder, Suspect: o.tell, Log: log,
	}
	if o.canaries != "" {
		list, err := inspect.ReadCanaries(o.canaries)
		if err != nil {
			return err
		}
		c.Canaries = list
	}
	i, err := inspect.New(c)
	if err != nil {
		return err
	}
	g.audit = &audit{inspection: i}
	if o.share > 0 {
		config.Saw = i.Saw
	}
	ctx, g.audit.end = context.WithCancel(ctx)
	g.audit.running.Go(func() { i.Run(ctx) })
	return nil
}

// Close ends it and waits.
func (a *audit) Close() {
	a.end()
	a.running.Wait()
	a.inspection.Close()
}
