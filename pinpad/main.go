// Command pinpad is the PIN pad of a lane: a stand-in for tamper-resistant
// hardware with keys and a display of its own. See README.md.
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

	"github.com/strongroom-pos/strongroom/pinpad/internal/display"
	"github.com/strongroom-pos/strongroom/pinpad/internal/keypad"
	"github.com/strongroom-pos/strongroom/pinpad/internal/page"
	"github.com/strongroom-pos/strongroom/pinpad/internal/seal"
	"github.com/strongroom-pos/strongroom/pinpad/internal/service"
	"github.com/strongroom-pos/strongroom/pinpad/internal/tty"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/device"
)

// pageFile is where the page's address stands with its key, below the
// configuration's directory.
const pageFile = "page.url"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "pinpad: %v\n", err)
		os.Exit(1) //nolint:gocritic // the deferred stop has nothing left to do
	}
}

// options are the command line.
type options struct {
	config    string // directory with device.json
	tty       bool   // keys and display on the terminal
	page      string // loopback address of the page; overrides device.json
	addresses string // file that tells the page's address
	health    string // file that says how the PIN pad is
	atOnce    int    // PINs in a row before the pace is slowed; 0 is the default
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("pinpad", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.config, "config", "", "`directory` with device.json")
	f.BoolVar(&o.tty, "tty", false, "take keys from this terminal")
	f.StringVar(&o.page, "page", "", "loopback `address` of the page, such as 127.0.0.1:0; empty takes device.json's")
	f.StringVar(&o.addresses, "addresses", "", "`file` that tells the page's address, without its key")
	f.StringVar(&o.health, "health", "", "`file` that says whether there are a secure world and a PIN key")
	f.IntVar(&o.atOnce, "pins-at-once", 0, "`number` of PINs in a row before the pace is slowed; for test benches, 0 is the default")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.config == "" || f.NArg() != 0 {
		return o, errors.New("usage: pinpad -config DIR [-tty] [-page ADDRESS] [-addresses FILE] [-health FILE]")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(stderr, nil)).With("program", "pinpad")
	if err := device.NoCore(); err != nil {
		return fmt.Errorf("forbidding core files: %w", err)
	}
	d, err := device.Open(o.config, orderauth.DoorPINEntry)
	if err != nil {
		return err
	}
	defer d.Close()
	if o.page == "" {
		o.page = d.Config.Page
	}
	v := &service.Service{
		Sealer: &seal.Sealer{Device: d}, Display: display.New(), Keypad: &keypad.Keypad{}, Health: health(o.health, log),
		AtOnce: o.atOnce,
	}
	return serve(ctx, v, o, log)
}

// serve runs the door, the page and the terminal until ctx ends or one of them
// fails.
func serve(ctx context.Context, v *service.Service, o options, log *slog.Logger) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var beside sync.WaitGroup
	defer beside.Wait()
	defer cancel(nil) // before the wait
	start := func(f func() error) {
		beside.Go(func() {
			if err := f(); err != nil {
				cancel(err)
			}
		})
	}
	if o.page != "" {
		p, err := openPage(ctx, v, o)
		if err != nil {
			return err
		}
		start(func() error { return p.Serve(ctx, log) })
	}
	if o.tty {
		start(func() error { return tty.Serve(ctx, v.Display, v.Keypad) })
	}
	v.Offline()
	cancel(v.Sealer.Device.Serve(ctx, v.Door(), log, v.Serve)) // a nil cause is context.Canceled
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// openPage opens the page and says where it is: with its key in the
// configuration's directory, without it for whoever asked.
func openPage(ctx context.Context, v *service.Service, o options) (*page.Page, error) {
	p, err := page.Listen(ctx, o.page, v.Display, v.Keypad)
	if err != nil {
		return nil, err
	}
	if err := p.WriteAddress(v.Sealer.Device.Path(pageFile)); err != nil {
		return nil, err
	}
	if o.addresses == "" {
		return p, nil
	}
	return p, device.WriteReport(o.addresses, addresses{p.URL()})
}

// addresses is what the file of -addresses says.
type addresses struct {
	Page string `json:"page"`
}

// state is what the health file says.
type state struct {
	Connected bool `json:"connected"` // a session with the secure world
	Key       bool `json:"key"`       // the acquirer's PIN key is loaded
}

func health(path string, log *slog.Logger) func(bool, bool) {
	last, written := state{}, false
	return func(connected, key bool) {
		now := state{connected, key}
		if path == "" || written && now == last {
			return
		}
		last, written = now, true
		if err := device.WriteReport(path, now); err != nil {
			log.Warn("health is not written", "reason", err)
		}
	}
}
