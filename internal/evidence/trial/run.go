//go:build linux

package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/internal/evidence"
)

const (
	// amount of every sale, minor units.
	amount = 1250
	// patience bounds one sale on a machine that is being swept meanwhile.
	patience = 90 * time.Second
)

// Run makes the sales, searches everything, and tells what came of it: not judged yet,
// and without requirements, attacks and simulation, which are no part of this run. The
// terminal is aborted at the end, so a trial runs once.
func (t *Trial) Run(ctx context.Context) (*evidence.Report, error) {
	r := t.report
	r.Made = time.Now().UTC().Truncate(time.Second)
	for _, step := range []func(context.Context) error{t.sell, t.describe, t.search} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	worlds, examples, err := t.sweeper.results()
	if err != nil {
		return nil, err
	}
	r.Worlds = worlds
	if !t.secretMemory() {
		unclaim(r.Worlds)
	}
	for _, example := range examples {
		t.options.Say("found: %s", example)
	}
	r.Run.Sales, r.Run.Canaries = len(t.cards), len(t.cards)
	r.Run.Keys, r.Run.Needles, r.Run.Root = t.keys.Len(), t.needles, os.Geteuid() == 0
	r.Run.ReplayCommand = fmt.Sprintf("strongroom scope -sales %d", len(t.cards))
	for _, l := range t.leaks {
		r.Forms = append(r.Forms, evidence.Form{Name: l.Form, Kind: l.Kind.String()})
	}
	return r, nil
}

// secretMemory tells whether the kernel's memory is hidden from root.
func (t *Trial) secretMemory() bool {
	return t.report.Isolation.Memory == "memfd_secret" && t.report.Isolation.Level == estate.IsolationProcess
}

// unclaim says of the kernel what its security report says.
func unclaim(worlds []evidence.World) {
	for i := range worlds {
		if worlds[i].Name == estate.Kernel {
			worlds[i].Claimed, worlds[i].MayHold = false, "account data and keys: root can read them here"
		}
	}
}

// sell makes the same sales in lane and control at the same time, while all memory is
// swept and all lines are recorded.
func (t *Trial) sell(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var following sync.WaitGroup
	var followed error
	following.Go(func() { followed = t.client.follow(ctx, t.client.base, "/v1/events", t.events) })
	t.sweeper.start(ctx)
	begun := time.Now()
	for i, card := range t.cards {
		t.options.Say("sale %d of %d, in both terminals", i+1, len(t.cards))
		if err := t.both(ctx, card); err != nil {
			return fmt.Errorf("sale %d: %w", i+1, err)
		}
		if err := t.flows.look(); err != nil {
			return err
		}
	}
	t.report.Run.Seconds = time.Since(begun).Seconds()
	stop()
	following.Wait()
	t.sweeper.wait.Wait()
	t.sweeper.once()
	return followed
}

func (t *Trial) both(ctx context.Context, card bureau.Card) error {
	plain := make(chan error, 1)
	go func() {
		if t.Plain == nil {
			plain <- nil
			return
		}
		plain <- t.Plain.sell(card, amount)
	}()
	return errors.Join(t.throughLane(ctx, card), <-plain)
}

// typed is called when a PIN was typed and not yet confirmed, when all worlds hold what
// they ever hold: in the first sales it waits for a sweep of everything.
func (t *Trial) typed() {
	if t.stopped++; t.stopped <= stoppedSales {
		t.sweeper.once()
	}
}

// stoppedSales: a sweep takes longer than a sale, so only some wait for one.
const stoppedSales = 5

func (t *Trial) throughLane(ctx context.Context, card bureau.Card) error {
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p, err := t.Lane.Sell(within, estate.Sale{
		Request: till.Request{Amount: amount, Currency: "EUR"}, Card: card,
		See: t.see, Typed: t.typed,
	})
	if err == nil && p.Outcome != "approved" {
		err = errors.New("it ended as " + p.Outcome)
	}
	if err != nil {
		return err
	}
	return t.client.about(ctx, p.ID)
}
