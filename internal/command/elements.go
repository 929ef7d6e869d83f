//go:build linux

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/strongroom-pos/strongroom/internal/elements"
	"github.com/strongroom-pos/strongroom/internal/elementspage"
	"github.com/strongroom-pos/strongroom/internal/estate"
)

// firstRate is between the two looks from which rates are counted.
const firstRate = 500 * time.Millisecond

// elementsFlags are what `strongroom elements` is told.
type elementsFlags struct {
	settings
	mcus  string
	star  string
	watch time.Duration
}

// elementGroups is `strongroom elements`.
func elementGroups(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var e elementsFlags
	f := flags("elements", stderr, &e.settings)
	f.StringVar(&e.mcus, "mcu", "", "`sockets` of the groups' MCUs, with commas between; empty: the running lane's, or the hub's alone")
	f.StringVar(&e.star, "star", "", "`socket` of the hub that knows all groups of a star; empty: none")
	f.StringVar(&e.listen, "listen", "", "loopback `address` of a page with the tree; empty: text")
	f.DurationVar(&e.watch, "watch", 0, "tell it again after this `time`, until interrupted; 0: once")
	if err := parse(f, args); err != nil {
		return help(err)
	}
	sockets, err := e.sockets()
	if err != nil {
		return err
	}
	if e.listen != "" {
		return serveElements(ctx, e.listen, e.watcher(sockets), stdout)
	}
	return e.tell(ctx, e.watcher(sockets)(), stdout)
}

// errOneElement says that there is no group to look at.
var errOneElement = errors.New("this lane's acquirer has one element and no group; strongroom up without -elements brings up three")

// watcher makes those that look: each counts rates of its own.
func (e *elementsFlags) watcher(sockets []string) func() *elements.Watcher {
	return func() *elements.Watcher { return elements.NewWatcher(sockets, e.star) }
}

func (e *elementsFlags) sockets() ([]string, error) {
	if e.mcus != "" {
		return strings.Split(e.mcus, ","), nil
	}
	if e.star != "" {
		return nil, nil
	}
	lane, err := estate.Find(e.home)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(lane.MCU); err != nil {
		return nil, errOneElement
	}
	if _, err := os.Stat(lane.Star); err == nil {
		e.star = lane.Star
		return nil, nil
	}
	return []string{lane.MCU}, nil
}

// tell looks twice, since there are rates from the second look on only.
func (e *elementsFlags) tell(ctx context.Context, w *elements.Watcher, out io.Writer) error {
	w.Look(ctx)
	for between := firstRate; ; between = e.watch {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(between):
		}
		if err := elements.Write(out, w.Look(ctx)); err != nil || e.watch <= 0 {
			return err
		}
		fmt.Fprintln(out)
	}
}

func serveElements(ctx context.Context, address string, watcher func() *elements.Watcher, out io.Writer) error {
	page, err := elementspage.Listen(ctx, address, func() elementspage.Looker { return watcher() })
	if err != nil {
		return err
	}
	fmt.Fprintln(out, page.URL())
	return page.Serve(ctx)
}
