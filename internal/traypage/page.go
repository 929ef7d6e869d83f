// Package traypage is the card tray's page: a demo's hands. On a loopback port of
// its own it offers the demo's cards, puts them into the reader's slot, holds
// them into its field, draws them through its stripe head, takes them out again,
// and shows the reader's and the PIN pad's displays as they change.
//
//	GET  /            the page
//	GET  /v1/events   "reader", "pinpad" and "tray" as they change (event stream)
//	POST /v1/acts     {"do":"insert","card":"approve"}; 200 the tray then, 409 not possible
//
// A foreign page can neither act nor read: exact Host, then
// http.CrossOriginProtection, then JSON only. Whoever has an account on this
// machine can act, which is enough for test cards.
//
// Only the operator's command imports it, for the demo. It must never show more
// of a card's number than its last four digits, nor a key.
package traypage

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/cardholder"
	"github.com/strongroom-pos/strongroom/internal/localpage"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// A Tray is where cards go.
type Tray interface {
	Insert(context.Context, virtualcard.Profile) error
	Pull(context.Context) error
	Tap(context.Context, virtualcard.Profile) error
	TapTwo(ctx context.Context, card, other virtualcard.Profile) error
	Away(context.Context) error
	Swipe(context.Context, virtualcard.Profile) error
	SwipeText(ctx context.Context, text string) error
	Slot(context.Context) (virtualcard.TrayState, error)
}

// Config is what the page is for.
type Config struct {
	Tray  Tray
	Cards func() ([]bureau.Card, error) // the demo's cards, asked anew each time
	// Reader waits until the reader's display shows something else than seen,
	// and returns it: empty where it is off.
	Reader func(ctx context.Context, seen string) (string, error)
	// PINPad waits for another screen than the one with this number; with no
	// number it returns the screen of now.
	PINPad func(ctx context.Context, seen *uint64) (cardholder.Screen, error)
	Log    *slog.Logger
}

// Page serves the page on one listener.
type Page struct {
	Config
	listener net.Listener
	streams  localpage.Streams
	where    whereabouts
}

// Listen opens the page on address, an IP loopback address with a port (0 for
// any).
func Listen(ctx context.Context, address string, c Config) (*Page, error) {
	l, err := localpage.Listen(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("card tray's page: %w", err)
	}
	return &Page{Config: c, listener: l, streams: make(localpage.Streams, maxStreams)}, nil
}

// URL opens the page.
func (p *Page) URL() string { return localpage.URL(p.listener) }

// Serve answers until ctx ends.
func (p *Page) Serve(ctx context.Context) error {
	if err := localpage.Serve(ctx, p.listener, p.handler(), answerDeadline, p.Log); err != nil {
		return fmt.Errorf("card tray's page: %w", err)
	}
	return nil
}
