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
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/strongroom-pos/strongroom/reader/internal/display"
	"github.com/strongroom-pos/strongroom/reader/internal/parameters"
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
	display bool   // show the display's lines
	health  string // file that says how the reader is
	look    looking
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("reader", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.config, "config", "", "`directory` with device.json")
	f.StringVar(&o.reader, "reader", "", "part of the PC/SC reader's `name`; empty takes the first")
	f.BoolVar(&o.display, "display", false, "print the lines of the display")
	f.StringVar(&o.health, "health", "", "`file` that says whether there are a secure world, a slot and a card")
	o.look.flags(f)
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.config == "" && !o.look.wanted() || f.NArg() != 0 {
		return o, errors.New("usage: reader -config DIR [-reader NAME] [-display] [-health FILE], or reader -read [-json], or reader -trace FILE [-contactless]")
	}
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
	log := slog.New(slog.NewTextHandler(stderr, nil))
	if err := device.NoCore(); err != nil {
		return fmt.Errorf("forbidding core files: %w", err)
	}
	d, err := device.Open(o.config, orderauth.DoorSRED)
	if err != nil {
		return err
	}
	defer d.Close()
	kernel, err := parameters.Load(emvPath(d))
	if err != nil {
		return err
	}
	s := slot.New()
	r := &reading.Reader{Device: d, Slot: s, Display: &display.Display{}, Log: log, Kernel: kernel, Open: pcsc.Open, APDU: apduDeadline}
	if o.display {
		r.Display.Out = stdout
	}
	return serve(ctx, &service.Service{Reader: r, Health: health(o.health, log)}, o.reader, log)
}

// emvPath is the configured EMV configuration, empty for the demo parameters.
func emvPath(d *device.Device) string {
	if d.Config.EMV == "" {
		return ""
	}
	return d.Path(filepath.Clean(d.Config.EMV))
}

// serve watches the slot and the secure world until ctx ends or PC/SC cannot be
// watched at all.
func serve(ctx context.Context, v *service.Service, pattern string, log *slog.Logger) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var watching sync.WaitGroup
	defer watching.Wait()
	chooser := slot.Chooser{Slot: v.Reader.Slot, Pattern: pattern}
	watching.Go(func() {
		cancel(pcsc.Watch(ctx, func(e pcsc.Event) {
			chooser.Report(slot.Event{Reader: e.Reader, Lost: e.Lost, Present: e.Present, Mute: e.Mute})
		}))
	})
	v.Offline()
	v.Reader.Device.Serve(ctx, v.Door(), log, v.Serve)
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
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
