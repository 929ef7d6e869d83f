//go:build linux

package command

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/traypage"
)

// stayWithTray keeps the lane up with the card tray's page beside it. The demo
// goes on without the page where its address is taken.
func stayWithTray(ctx context.Context, s settings, lane *estate.Lane, out io.Writer) error {
	page, err := traypage.Listen(ctx, s.tray, traypage.Config{
		Tray: lane.Places, Reader: lane.ReaderDisplay, PINPad: lane.PINPadDisplay, Log: slog.New(slog.DiscardHandler),
		Cards: func() ([]bureau.Card, error) { return bureau.LoadAll(estate.Wallet(lane.Home)) },
	})
	if err != nil {
		fmt.Fprintf(out, "\nno card tray: %v\n", err)
		return stay(ctx, s, lane, "", out)
	}
	serving, end := context.WithCancel(ctx)
	var served sync.WaitGroup
	defer served.Wait()
	defer end()
	served.Go(func() {
		if err := page.Serve(serving); err != nil {
			fmt.Fprintln(out, err)
		}
	})
	return stay(ctx, s, lane, page.URL(), out)
}
