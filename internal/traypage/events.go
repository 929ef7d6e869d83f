package traypage

import (
	"context"
	"encoding/json"
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
	p.streams.Serve(w, func(stream *localpage.Stream) { p.tell(r.Context(), stream) })
}

func (p *Page) tell(ctx context.Context, stream *localpage.Stream) {
	ctx, cancel := context.WithCancel(ctx)
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
			b, err := json.Marshal(e.data)
			if err != nil || stream.Send(e.name, b) != nil {
				return
			}
		}
	}
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
