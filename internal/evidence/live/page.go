//go:build linux

// Package live is the scope view, a page for demonstrations on a loopback port of its
// own: the app world and the secure world side by side while sales run and a scraper
// sweeps, and beside them the plain control terminal that makes the same sales.
//
//	GET /            the page
//	GET /v1/events   what was found until now, as it changes (event stream)
//
// It takes nothing. Only the operator's command imports it. It must never show a canary:
// kinds, forms and places alone.
package live

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/internal/evidence/trial"
	"github.com/strongroom-pos/strongroom/internal/localpage"
)

const (
	// maxStreams: a demonstration has a few screens.
	maxStreams = 16
	// lookEvery is the most often that a screen changes: faster than that nobody reads.
	lookEvery = 200 * time.Millisecond
	// answerDeadline is for the page's files.
	answerDeadline = 10 * time.Second
)

//go:embed assets
var assets embed.FS

// Page shows the newest state that it was told.
type Page struct {
	listener net.Listener
	streams  localpage.Streams

	mu      sync.Mutex
	state   []byte // JSON; guarded by mu
	version uint64 // guarded by mu
}

// Listen opens the page on address, an IP loopback address with a port (0 for any).
func Listen(ctx context.Context, address string) (*Page, error) {
	l, err := localpage.Listen(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("scope view: %w", err)
	}
	return &Page{listener: l, streams: make(localpage.Streams, maxStreams), state: []byte("{}")}, nil
}

// URL opens the page.
func (p *Page) URL() string { return localpage.URL(p.listener) }

// Tell changes what is shown.
func (p *Page) Tell(l trial.Live) {
	b, err := json.Marshal(l) // JSON has no line ends
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = b
	p.version++
}

func (p *Page) now() ([]byte, uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state, p.version
}

// Serve answers until ctx ends.
func (p *Page) Serve(ctx context.Context) error {
	if err := localpage.Serve(ctx, p.listener, p.handler(), answerDeadline, slog.New(slog.DiscardHandler)); err != nil {
		return fmt.Errorf("scope view: %w", err)
	}
	return nil
}

func (p *Page) handler() http.Handler {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic("live: internal error: assets are not embedded")
	}
	served := http.FileServerFS(files)
	mux := http.NewServeMux()
	for _, path := range []string{"/{$}", "/live.css", "/live.js", "/icon.svg"} {
		mux.Handle("GET "+path, served)
	}
	mux.HandleFunc("GET /v1/events", localpage.OwnPage(p.events))
	return mux
}

// events tells the state of now and each later one, until the client leaves.
func (p *Page) events(w http.ResponseWriter, r *http.Request) {
	p.streams.Serve(w, func(stream *localpage.Stream) {
		next := time.NewTicker(lookEvery)
		defer next.Stop()
		for seen := ^uint64(0); ; {
			state, version := p.now()
			if version != seen && stream.Send("message", state) != nil {
				return
			}
			seen = version
			select {
			case <-r.Context().Done():
				return
			case <-next.C:
			}
		}
	})
}
