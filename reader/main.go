// Command reader is the card reader of a lane: a stand-in for a PCI PTS POI with
// SRED. It takes cards through PC/SC, runs the EMV kernel, and seals account
// data for the secure world's payment application. See README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/reader/internal/direct"
	"github.com/strongroom-pos/strongroom/reader/internal/display"
	"github.com/strongroom-pos/strongroom/reader/internal/magstripe"
	"github.com/strongroom-pos/strongroom/reader/internal/pcsc"
	"github.com/strongroom-pos/strongroom/reader/internal/reading"
	"github.com/strongroom-pos/strongroom/reader/internal/service"
	"github.com/strongroom-pos/strongroom/reader/internal/slot"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
)

// apduDeadline is what a card has for one command. EMV cards answer within two
// seconds; CCID drivers give up after some five, and an earlier deadline would
// leave a thread behind in the driver.
const apduDeadline = 8 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "reader: %v\n", err)
		os.Exit(1) //nolint:gocritic // the deferred stop has nothing left to do
	}
}

// options are the command line.
type options struct {
	config  string // directory with device.json
	reader  string // part of the PC/SC reader's name
	field   string // the same, for contactless cards; empty for none
	stripe  string // socket or device of a magnetic stripe head; empty for none
	direct  string // directory with sockets for virtual cards; empty for PC/SC
	display bool   // show the display's lines
	health  string // file that says how the reader is
	cards   *direct.Cards
	look    looking
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("reader", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.config, "config", "", "`directory` with device.json")
	f.StringVar(&o.reader, "reader", "", "part of the PC/SC reader's `name`; empty takes the first")
	f.StringVar(&o.field, "field", "", "part of the `name` of the PC/SC reader for contactless cards; empty for none")
	f.StringVar(&o.stripe, "stripe", "", "`path` of a magnetic stripe head: a device, or a socket to make; empty for none")
	f.StringVar(&o.direct, "direct", "", "for tests: virtual cards over sockets in this `directory` in the place of PC/SC")
	f.BoolVar(&o.display, "display", false, "print the lines of the display")
	f.StringVar(&o.health, "health", "", "`file` that says whether there are a secure world, a slot and a card")
	o.look.flags(f)
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.config == "" && !o.look.wanted() || f.NArg() != 0 {
		return o, errors.New("usage: reader -config DIR [-reader NAME] [-field NAME] [-stripe PATH] [-display] [-health FILE] [-direct DIR], or reader -read [-json], or reader -trace FILE [-contactless]")
	}
	o.cards = direct.New(o.direct)
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if o.look.wanted() {
		return o.look.run(ctx, o.reader, stdout)
	}
	log := slog.New(slog.NewJSONHandler(stderr, nil)).With("program", "reader")
	if err := device.NoCore(); err != nil {
		return fmt.Errorf("forbidding core files: %w", err)
	}
	d, err := device.Open(o.config, orderauth.DoorSRED)
	if err != nil {
		return err
	}
	defer d.Close()
	v := &service.Service{Reader: o.equip(d, stdout, log), Health: health(o.health, log)}
	v.Configure = func(document []byte) error { return configure(v.Reader, document) }
	return o.serve(ctx, v, log)
}

// equip makes the reader of its parts.
func (o options) equip(d *device.Device, stdout io.Writer, log *slog.Logger) *reading.Reader {
	r := &reading.Reader{Device: d, Slot: slot.New(), Field: slot.New(), Display: &display.Display{},
		Log: log, Open: pcsc.Open, APDU: apduDeadline}
	if o.display {
		r.Display.Out = stdout
	}
	if o.direct != "" {
		log.Warn("cards come over sockets and not through PC/SC: for tests alone")
		r.Open = o.cards.Open
	}
	return r
}

// serve watches slots, stripe head and the secure world until ctx ends or one of
// them cannot be watched at all.
func (o options) serve(ctx context.Context, v *service.Service, log *slog.Logger) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var watching sync.WaitGroup
	defer watching.Wait()
	watching.Go(func() { cancel(o.watch(ctx, v.Reader)) })
	if o.stripe != "" {
		swipes := make(chan magstripe.Swipe, 1)
		v.Reader.Stripes = swipes
		watching.Go(func() { cancel(magstripe.Head{}.Watch(ctx, o.stripe, latest(swipes))) })
	}
	v.Offline()
	cancel(v.Reader.Device.Serve(ctx, v.Door(), log, v.Serve)) // a nil cause is context.Canceled
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// watch reports PC/SC's events to both slots.
func (o options) watch(ctx context.Context, r *reading.Reader) error {
	if o.direct != "" {
		slots := map[string]*slot.Slot{direct.Slot: r.Slot, direct.Field: r.Field}
		return o.cards.Watch(ctx, func(e direct.Event) { slots[e.Slot].Attach(e.Slot, e.Present, false) })
	}
	choosers := []*slot.Chooser{{Slot: r.Slot, Pattern: o.reader, Not: o.field}}
	if o.field != "" {
		choosers = append(choosers, &slot.Chooser{Slot: r.Field, Pattern: o.field})
	}
	return pcsc.Watch(ctx, func(e pcsc.Event) {
		for _, c := range choosers {
			c.Report(slot.Event{Reader: e.Reader, Lost: e.Lost, Present: e.Present, Mute: e.Mute})
		}
	})
}

// latest keeps one swipe that nobody has asked for yet: a newer one replaces it.
func latest(swipes chan magstripe.Swipe) func(magstripe.Swipe) {
	return func(s magstripe.Swipe) {
		select {
		case old := <-swipes:
			if old.Stripe != nil {
				old.Stripe.Wipe()
			}
		default:
		}
		swipes <- s
	}
}

// state is what the health file says.
type state struct {
	Connected bool `json:"connected"` // a session with the secure world
	Reader    bool `json:"reader"`    // a PC/SC reader
	Card      bool `json:"card"`
}

func health(path string, log *slog.Logger) func(bool, slot.Status) {
	last, written := state{}, false
	return func(connected bool, s slot.Status) {
		now := state{connected, s.Attached, s.Present}
		if path == "" || written && now == last {
			return
		}
		last, written = now, true
		if err := device.WriteReport(path, now); err != nil {
			log.Warn("health is not written", "reason", err)
		}
	}
}
