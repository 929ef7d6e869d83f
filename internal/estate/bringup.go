//go:build linux

package estate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/child"
	"github.com/strongroom-pos/strongroom/internal/estate/pcscbox"
	"github.com/strongroom-pos/strongroom/internal/estate/premises"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

const (
	// lookEvery is how often a file or a socket is looked for.
	lookEvery = 5 * time.Millisecond
	// readyWithin bounds one program's start; compiling the payment application
	// takes seconds on a slow machine.
	readyWithin = 60 * time.Second
)

// bringUp starts everything in the order of need: who waits for nobody goes
// side by side.
func (l *Lane) bringUp(ctx context.Context) error {
	err := together(
		func() error { return l.startPCSC(ctx) },
		func() error {
			if err := l.startElements(ctx); err != nil {
				return err
			}
			return l.inTurn(ctx, Acquirer, Boot)
		},
	)
	if err == nil {
		err = together(
			func() error { return l.start(ctx, Reader) },
			func() error { return l.start(ctx, PINPad) },
			func() error { return l.start(ctx, Terminal) },
		)
	}
	if err == nil {
		err = l.AwaitReady(ctx)
	}
	if err == nil {
		err = l.rememberStorageRoot()
	}
	if err == nil {
		l.watchKernel()
	}
	if err == nil {
		err = l.announce()
	}
	return err
}

func together(steps ...func() error) error {
	errs := make([]error, len(steps))
	var wait sync.WaitGroup
	for i, step := range steps {
		wait.Go(func() { errs[i] = step() })
	}
	wait.Wait()
	return errors.Join(errs...)
}

func (l *Lane) inTurn(ctx context.Context, names ...string) error {
	for _, name := range names {
		if err := l.start(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lane) startPCSC(ctx context.Context) error {
	if l.options.DirectCards {
		return l.startTray(ctx)
	}
	self := l.options.Self
	if len(self) == 0 {
		path, err := os.Executable()
		if err != nil {
			return err
		}
		self = []string{path}
	}
	box, err := pcscbox.Start(ctx, l.premises.PCSC(), self)
	if err != nil {
		return err
	}
	l.box = box
	l.watchPCSC(box)
	l.say(PCSC)
	return nil
}

// startTray serves the card tray here, before slots that are the reader's own.
func (l *Lane) startTray(ctx context.Context) error {
	listener, err := net.Listen("unix", l.Tray) //nolint:noctx // closed by Stop
	if err != nil {
		return err
	}
	slot := func(name string) string {
		return "unix:" + filepath.Join(l.premises.Of(premises.Reader), name+".sock")
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	var serving sync.WaitGroup
	serving.Go(func() { _ = virtualcard.NewTray(slot("slot"), slot("field")).Serve(ctx, listener) })
	l.stopTray = func() { stop(); serving.Wait() }
	return nil
}

// start starts one program and waits until it is ready.
func (l *Lane) start(ctx context.Context, name string) error {
	if err := l.removeOld(name); err != nil {
		return err
	}
	if name == Acquirer {
		if err := l.writePolicy(); err != nil {
			return err
		}
	}
	if name == Boot {
		if err := l.writeBootConfig(); err != nil {
			return err
		}
	}
	c, err := child.Start(l.config(name))
	if err != nil {
		return err
	}
	l.watch(name, c)
	if err := l.until(ctx, name, c, l.readiness(name)); err != nil {
		return err
	}
	l.say(name)
	return nil
}

// until asks again and again whether a program is ready, and gives up when it
// ends.
func (l *Lane) until(ctx context.Context, name string, c *child.Child, ready func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, l.readyWithin())
	defer cancel()
	for !ready(ctx) {
		select {
		case <-c.Done():
			return fmt.Errorf("%s ended (%s) before it was ready\n%s", name, c.Ended(), indented(c.LastLines()))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", name, ctx.Err(), indented(c.LastLines()))
		case <-time.After(lookEvery):
		}
	}
	return nil
}

func indented(lines []string) string {
	return "    " + strings.Join(lines, "\n    ")
}

// readiness is what shows that a program is ready.
func (l *Lane) readiness(name string) func(context.Context) bool {
	switch name {
	case Element, ElementGcrypt, ElementNettle:
		m, _ := memberOf(name)
		return l.memberReady(m)
	case MCU:
		return l.mcuReady
	case Hub:
		return l.hubReady
	case Acquirer:
		return l.acquirerReady
	case Boot:
		return func(context.Context) bool { return l.kernelPID() != 0 }
	case Reader:
		return func(context.Context) bool {
			var h struct{ Connected, Reader bool }
			return l.read(premises.Reader, healthFile, &h) && h.Connected && h.Reader
		}
	case PINPad:
		return l.pinpadReady
	}
	return l.terminalListens
}

func (l *Lane) acquirerReady(ctx context.Context) bool {
	var a struct{ Host string }
	if !l.read(premises.Acquirer, addressesFile, &a) || a.Host == "" {
		return false
	}
	h, err := l.Desk.Health(ctx)
	if err != nil || !h.Ready {
		return false
	}
	l.keepAddress(Acquirer, a.Host)
	return true
}

func (l *Lane) pinpadReady(context.Context) bool {
	var a struct{ Page string }
	var h struct{ Connected, Key bool }
	if !l.read(premises.PINPad, addressesFile, &a) || !l.read(premises.PINPad, healthFile, &h) || !h.Connected || !h.Key {
		return false
	}
	l.keepAddress(PINPad, strings.TrimPrefix(a.Page, "http://"))
	return true
}

func (l *Lane) terminalListens(context.Context) bool {
	base, err := l.Till.Base()
	if err != nil {
		return false
	}
	l.keepAddress(Terminal, strings.TrimPrefix(base, "http://"))
	return true
}

func (l *Lane) read(w premises.World, file string, v any) bool {
	return readJSON(filepath.Join(l.premises.Of(w), file), v) == nil
}

// AwaitReady waits until a payment could begin and the acquirer is there.
func (l *Lane) AwaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.readyWithin())
	defer cancel()
	for {
		r, err := l.Till.Ready(ctx)
		if err == nil && r.Status == "ready" {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the lane does not get ready: %s %v", r.Status, missing(r.Checks))
		case c := <-l.crashes:
			if c.Again {
				continue
			}
			return fmt.Errorf("%s ended (%s)\n%s", c.Name, c.How, indented(c.LastLines))
		case <-time.After(4 * lookEvery):
		}
	}
}

func missing(checks map[string]bool) (names []string) {
	for name, ok := range checks {
		if !ok {
			names = append(names, name)
		}
	}
	return names
}
