// Package elementspage is the page on which people see the groups of secure elements:
// the star with its branches, groups and elements as a tree, their health, rates and
// what is suspected of whom, as it changes.
//
//	GET  /            the page
//	GET  /v1/events   "star" once a second (event stream)
//
// It can change nothing. A foreign page cannot read it (package localpage).
//
// Only the operator's command imports it. It shows health and counts, never a key, a
// question or an answer.
package elementspage

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/strongroom-pos/strongroom/internal/elements"
	"github.com/strongroom-pos/strongroom/internal/localpage"
)

const (
	// maxStreams: each open page asks every MCU once a second.
	maxStreams = 8
	// lookEvery is often enough to see a quarantine, which takes less.
	lookEvery = time.Second
	// answerDeadline is for the files; a stream sets its own.
	answerDeadline = 10 * time.Second
)

//go:embed assets
var assets embed.FS

// Looker sees the groups, and knows what it saw before.
type Looker interface {
	Look(context.Context) elements.Star
}

// Page serves the page on one listener.
type Page struct {
	listener net.Listener
	looker   func() Looker
	streams  localpage.Streams
	every    time.Duration
}

// Listen opens the page on address, an IP loopback address with a port (0 for any).
// Each stream looks through a looker of its own.
func Listen(ctx context.Context, address string, looker func() Looker) (*Page, error) {
	l, err := localpage.Listen(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("page of the elements: %w", err)
	}
	return &Page{l, looker, make(localpage.Streams, maxStreams), lookEvery}, nil
}

// URL opens the page.
func (p *Page) URL() string { return localpage.URL(p.listener) }

// Serve answers until ctx ends.
func (p *Page) Serve(ctx context.Context) error {
	if err := localpage.Serve(ctx, p.listener, p.handler(), answerDeadline, slog.New(slog.DiscardHandler)); err != nil {
		return fmt.Errorf("page of the elements: %w", err)
	}
	return nil
}

func (p *Page) handler() http.Handler {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic("elementspage: internal error: assets are not embedded")
	}
	served := http.FileServerFS(files)
	mux := http.NewServeMux()
	for _, path := range []string{"/{$}", "/elements.css", "/elements.js", "/icon.svg"} {
		mux.Handle("GET "+path, served)
	}
	mux.HandleFunc("GET /v1/events", localpage.OwnPage(p.events))
	return mux
}

// events tells the star, first of all as it is now, until the client leaves.
func (p *Page) events(w http.ResponseWriter, r *http.Request) {
	p.streams.Serve(w, func(stream *localpage.Stream) {
		looker := p.looker()
		next := time.NewTicker(p.every)
		defer next.Stop()
		for {
			b, err := json.Marshal(looker.Look(r.Context()))
			if err != nil || stream.Send("star", b) != nil {
				return
			}
			select {
			case <-r.Context().Done():
				return
			case <-next.C:
			}
		}
	})
}
