//go:build linux

// Package trial makes the run that the scope report tells of: a lane of this run's own
// keys, the plain control terminal at the same acquirer and a deliberately leaky
// program; the same sales with canary cards through lane and control, while all memory
// is swept; and then every other surface, each with its control, by the same scanner.
//
// Only the operator's command and tests import it. It knows every key of its lane, in
// clear; what it returns holds none.
package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/child"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/internal/evidence"
	"github.com/strongroom-pos/strongroom/internal/evidence/capture"
	"github.com/strongroom-pos/strongroom/internal/evidence/keyring"
	"github.com/strongroom-pos/strongroom/internal/evidence/leak"
	"github.com/strongroom-pos/strongroom/internal/plain/secondterminal"
	"github.com/strongroom-pos/strongroom/internal/scan"
)

// Options of a run. Programs is needed.
type Options struct {
	Programs string
	Sales    int
	// Self is the command line of a program that calls leak.RunIfChild and
	// pcscbox.RunIfChild first of all.
	Self []string
	// DirectCards leaves PC/SC out, which saves some time for each card.
	DirectCards bool
	// WithoutControl leaves the leaky program and the plain terminal out: a report
	// without controls, which must then be inconclusive.
	WithoutControl bool
	// Say tells people what happens.
	Say func(format string, a ...any)
}

// Trial is a lane with its controls, and what they are searched for.
type Trial struct {
	Lane  *estate.Lane
	Plain *Plain        // nil without control
	Leaky *leak.Program // nil without control

	options Options
	home    string
	work    string // files of the controls
	keys    *keyring.Keyring
	cards   []bureau.Card
	leaks   []leak.Leak
	matcher *scan.Matcher
	needles int
	capture *capture.Capture
	sweeper *sweeper
	client  *client
	events  *tally
	report  *evidence.Report
	flows   *observer
	stopped int                // sales that waited for a sweep
	see     func(till.Payment) // told each change of a payment; nil: nobody
	stops   []func() error
}

// Start brings everything up. On an error nothing is left running.
func Start(ctx context.Context, o Options) (*Trial, error) {
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	t := &Trial{options: o, report: &evidence.Report{Format: evidence.Format}}
	for _, step := range []func(context.Context) error{t.settle, t.record, t.bringUp, t.startControls, t.prepare, t.watch} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, t.Stop())
		}
	}
	return t, nil
}

// Stop ends everything and removes what the run made.
func (t *Trial) Stop() error {
	var err error
	for i := len(t.stops) - 1; i >= 0; i-- {
		err = errors.Join(err, t.stops[i]())
	}
	t.stops = nil
	return err
}

func (t *Trial) later(stop func() error) { t.stops = append(t.stops, stop) }

// settle makes keys, in directories of this run, and reads them: devices and kernel
// destroy the suppliers' keys at their first start.
func (t *Trial) settle(context.Context) (err error) {
	if t.home, err = os.MkdirTemp("", "strongroom-scope-"); err != nil {
		return err
	}
	t.later(func() error { return os.RemoveAll(t.home) })
	if t.work, err = os.MkdirTemp("", "strongroom-control-"); err != nil {
		return err
	}
	t.later(func() error { return os.RemoveAll(t.work) })
	if _, err = ceremony.Hold(t.home, time.Now()); err != nil {
		return err
	}
	plain, err := secondterminal.Provision(t.home)
	if err != nil {
		return err
	}
	if t.keys, err = keyring.Read(t.home); err != nil {
		return err
	}
	t.keys.Plain(plain)
	if !t.options.WithoutControl {
		plain.Directory = filepath.Join(t.work, "plain")
		t.Plain = &Plain{config: plain}
	}
	return nil
}

func (t *Trial) bringUp(ctx context.Context) (err error) {
	t.options.Say("bringing up a lane of this run's own keys")
	t.Lane, err = estate.Start(ctx, estate.Options{
		Programs: t.options.Programs, Home: t.home, Self: t.options.Self, DirectCards: t.options.DirectCards,
		PINsAtOnce: pinsAtOnce, Misbehaviour: estate.WellBehaved(), Launch: withMetrics,
	})
	if err == nil {
		t.later(t.Lane.Stop)
	}
	return err
}

// withMetrics has the terminal serve its metrics: they are a surface too.
func withMetrics(name string, c *child.Config) {
	if name == estate.Terminal {
		c.Args = append(c.Args, "-metrics", "127.0.0.1:0")
	}
}

// pinsAtOnce: a run enters more PINs in a row than a cardholder may.
const pinsAtOnce = 100_000

func (t *Trial) startControls(context.Context) (err error) {
	if t.leaks, err = leak.Make(); err != nil || t.options.WithoutControl {
		return err
	}
	program := filepath.Join(t.options.Programs, controlProgram)
	if err := t.Plain.start(t.Lane, program, t.work); err != nil {
		return err
	}
	t.later(t.Plain.stop)
	leaky, err := leak.Start(t.options.Self, filepath.Join(t.work, "leaky"), t.leaks)
	if err != nil {
		return err
	}
	t.Leaky = leaky
	t.later(func() error { leaky.Stop(); return nil })
	return nil
}

// prepare personalises the canaries, gives them to the issuer and makes needles of all
// that there is to be found.
func (t *Trial) prepare(ctx context.Context) error {
	var issued acquirer.Cards
	var n scan.Needles
	bins := []string{"476173", "541333", "411111", "555555"}
	for i := range t.options.Sales {
		c, err := t.Lane.Bureau.Make(bureau.Order{Name: fmt.Sprintf("canary-%d", i), BIN: bins[i%len(bins)], Balance: plenty})
		if err != nil {
			return err
		}
		c.Issued.ForgetsATC = true // lane and control count for themselves
		t.cards, issued.Cards = append(t.cards, c), append(issued.Cards, c.Issued)
		if err := addCard(&n, c); err != nil {
			return err
		}
	}
	err := errors.Join(t.Lane.Desk.AddCards(ctx, issued), t.keys.Working(t.options.Sales), t.keys.AddTo(&n))
	if err != nil {
		return err
	}
	t.needles = n.Len()
	if err := leak.AddTo(&n, t.leaks); err != nil {
		return err
	}
	t.matcher = n.Compile()
	return nil
}

// plenty is the balance of a canary card.
const plenty = 1_000_000_00

func addCard(n *scan.Needles, c bureau.Card) error {
	return errors.Join(n.AddPAN(c.Name, []byte(c.Profile.PAN)), n.AddTrack2(c.Name, []byte(c.Profile.Track2())),
		n.AddPIN(c.Name, []byte(c.PIN)))
}

// record begins before the lane: the handshakes belong to the lines.
func (t *Trial) record(context.Context) error {
	c, err := capture.Start()
	if err != nil {
		t.options.Say("the lines are not captured: %v", err)
		return nil
	}
	t.capture = c
	t.later(func() error {
		_, _ = c.End() // ended already, where the run came so far
		c.Wipe()
		return nil
	})
	return nil
}

// watch starts what observes: the sweeper, the client.
func (t *Trial) watch(context.Context) (err error) {
	t.sweeper = newSweeper(t.matcher, t.targets())
	t.flows = newObserver(t)
	t.client, err = newClient(t.Lane, t)
	return err
}
