package httpapi

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/strongroom-pos/strongroom/terminal/internal/display"
	"github.com/strongroom-pos/strongroom/terminal/internal/journal"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// events streams every change from the durable log. A client that names the
// last event it saw goes on behind it; one that names none begins now.
func (a *api) events(w http.ResponseWriter, r *http.Request) {
	after, err := a.resumeAt(r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	if !a.takeStream() {
		a.fail(w, r, sale.TooManyStreams.Refuse())
		return
	}
	defer a.freeStream()
	s := stream{w: w, c: http.NewResponseController(w)}
	if err := unlimited(w, writeLimit); err != nil {
		a.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	if s.send(fmt.Sprintf("retry: %d\n\n", retry)) == nil {
		a.pump(r, s, after)
	}
}

func (a *api) resumeAt(r *http.Request) (int64, error) {
	given := r.Header.Values("Last-Event-ID")
	if len(given) == 0 {
		return a.cfg.Lane.NewestEvent()
	}
	n, err := strconv.ParseInt(given[0], 10, 64)
	if len(given) != 1 || err != nil || n < 0 || strconv.FormatInt(n, 10) != given[0] {
		return 0, sale.Malformed.Refuse()
	}
	return n, nil
}

// pump writes what is new until the client, or the terminal, ends.
func (a *api) pump(r *http.Request, s stream, after int64) {
	beat := time.NewTicker(comment)
	defer beat.Stop()
	var cart *display.Cart // as told
	for {
		changed, repainted := a.cfg.Lane.Changed(), a.display.Changed() // before the look, so that no event falls between
		next, more, err := a.flush(s, after)
		if err != nil {
			return
		}
		after = next
		if more {
			continue
		}
		if cart, err = a.sendDisplay(s, cart); err != nil {
			return
		}
		select {
		case <-changed:
		case <-repainted:
		case <-beat.C:
			if s.send(": still here\n\n") != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-a.cfg.Closing:
			return
		}
	}
}

// flush writes one page of events; more says that another may be there.
func (a *api) flush(s stream, after int64) (next int64, more bool, err error) {
	events, gap, err := a.cfg.Lane.EventsAfter(after, eventPage)
	if err != nil {
		return after, false, err
	}
	if gap {
		after, err = a.gap(s, after, events)
		if err != nil {
			return after, false, err
		}
	}
	for _, e := range events {
		if err := s.send(fmt.Sprintf("id: %d\nevent: payment\ndata: %s\n\n", e.Number, e.Body)); err != nil {
			return after, false, err
		}
		after = e.Number
	}
	return after, len(events) == eventPage, nil
}

// gap tells that events are missing. Its id is the place from which the stream
// is whole again, so that a client that resumes there is not told twice.
func (a *api) gap(s stream, after int64, events []journal.Event) (int64, error) {
	resume, err := a.cfg.Lane.NewestEvent()
	if err != nil {
		return after, err
	}
	if len(events) > 0 {
		resume = events[0].Number - 1
	}
	return resume, s.send(fmt.Sprintf("id: %d\nevent: gap\ndata: {}\n\n", resume))
}

// stream is an event stream. The server's write limit would cut it in the
// middle without a word, so each write sets its own.
type stream struct {
	w http.ResponseWriter
	c *http.ResponseController
}

func (s stream) send(text string) error {
	if err := s.c.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil { //nolint:gosec // G705: an event stream of JSON, not a page
		return err
	}
	return s.c.Flush()
}
