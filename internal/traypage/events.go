package traypage

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/cardholder"
	"github.com/strongroom-pos/strongroom/internal/localpage"
)

// An event is one line of the stream.
type event struct {
	name string // reader, pinpad, tray
	data any
}

// events tells what the displays and the slots show, first of all what they show
// now, until the client leaves.
func (p *Page) events(w http.ResponseWriter, r *http.Request) {
	select {
	case p.streams <- struct{}{}:
		defer func() { <-p.streams }()
	default:
		localpage.Refuse(w, http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	// The deadline for reading the request would end the stream with it.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	ctx, cancel := context.WithCancel(r.Context())
	news := make(chan event)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer cancel()
	for _, watch := range []func(context.Context, chan<- event){p.watchReader, p.watchPINPad, p.watchTray} {
		watching.Go(func() { watch(ctx, news) })
	}
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-news:
			if write(w, e) != nil {
				return
			}
		}
	}
}

// write sends one event at once.
func write(w http.ResponseWriter, e event) error {
	b, err := json.Marshal(e.data) // JSON has no line ends
	if err != nil {
		return err
	}
	c := http.NewResponseController(w)
	if err := c.SetWriteDeadline(time.Now().Add(eventDeadline)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", e.name, b); err != nil {
		return err
	}
	return c.Flush()
}

// send hands an event over while someone listens.
func send(ctx context.Context, news chan<- event, e event) bool {
	select {
	case news <- e:
		return true
	case <-ctx.Done():
		return false
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

type shown struct {
	Text string `json:"text"` // empty: the display is off
}

func (p *Page) watchReader(ctx context.Context, news chan<- event) {
	for seen := "\x00"; ; { // nothing shows this, so what is there now comes first
		text, err := p.Reader(ctx, seen)
		if err != nil {
			if !pause(ctx, retryEvery) {
				return
			}
			continue
		}
		seen = text
		if !send(ctx, news, event{"reader", shown{text}}) {
			return
		}
	}
}

// watchPINPad tells an empty screen once where the PIN pad does not answer.
func (p *Page) watchPINPad(ctx context.Context, news chan<- event) {
	var seen *uint64
	off := false
	for {
		s, err := p.PINPad(ctx, seen)
		switch {
		case err != nil && !off:
			off, seen = true, nil
			if !send(ctx, news, event{"pinpad", cardholder.Screen{State: "offline"}}) {
				return
			}
		case err != nil:
			if !pause(ctx, retryEvery) {
				return
			}
		case seen == nil || s.Seq != *seen:
			off, seen = false, &s.Seq
			if !send(ctx, news, event{"pinpad", s}) {
				return
			}
		}
	}
}

func (p *Page) watchTray(ctx context.Context, news chan<- event) {
	var last *shownTray
	for {
		s, err := p.Tray.Slot(ctx)
		if now := p.where.at(s); err == nil && (last == nil || now != *last) {
			last = &now
			if !send(ctx, news, event{"tray", now}) {
				return
			}
		}
		if !pause(ctx, lookEvery) {
			return
		}
	}
}
