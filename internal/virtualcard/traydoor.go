package virtualcard

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
)

// The tray's door is a Unix socket with one JSON object a line, each answered
// by one:
//
//	{"do":"insert","profile":{…}}   {"do":"pull"}   {"do":"wait"}
//	{"do":"tap-two","profile":{…},"other":{…}}
//	{"do":"tap","profile":{…}}      {"do":"away"}   {"do":"wait-away"}
//	{"do":"state"}                  {"do":"story","profile":{…}}
//	{"ok":true,"state":{"present":true,"insertions":1,"departures":0,"field":{…}}}
//	{"ok":false,"error":"…"}
//
// "wait" answers when the contact slot is empty, "wait-away" when the field is.
// A swipe goes to the reader's head directly (Swipe). Test cards only: profiles
// hold keys.
type trayRequest struct {
	Do      string   `json:"do"`
	Profile *Profile `json:"profile,omitempty"`
	Other   *Profile `json:"other,omitempty"`
}

type trayAnswer struct {
	OK    bool      `json:"ok"`
	Error string    `json:"error,omitempty"`
	State TrayState `json:"state"`
	Story *Story    `json:"story,omitempty"`
}

// maxTrayLine bounds a request; a profile has about 500 bytes, and 12 KiB with
// the certificates of sixteen applications.
const maxTrayLine = 64 << 10

// Serve answers requests until ctx ends, then takes the cards out.
func (t *Tray) Serve(ctx context.Context, l net.Listener) error {
	var served sync.WaitGroup
	defer t.Away()
	defer t.Pull()
	defer served.Wait()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("serving the card tray: %w", err)
		}
		served.Go(func() { t.serveClient(ctx, conn) })
	}
}

func (t *Tray) serveClient(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	lines := bufio.NewScanner(conn)
	lines.Buffer(make([]byte, 0, 4096), maxTrayLine)
	for lines.Scan() {
		if json.NewEncoder(conn).Encode(t.answer(ctx, lines.Bytes())) != nil {
			return
		}
	}
}

func (t *Tray) answer(ctx context.Context, line []byte) trayAnswer {
	var q trayRequest
	if json.Unmarshal(line, &q) != nil {
		return trayAnswer{Error: "request malformed", State: t.State()}
	}
	if err := t.perform(ctx, q); err != nil {
		return trayAnswer{Error: err.Error(), State: t.State()}
	}
	if q.Do == "story" {
		s := t.Story(*q.Profile)
		return trayAnswer{OK: true, State: t.State(), Story: &s}
	}
	return trayAnswer{OK: true, State: t.State()}
}

func (t *Tray) perform(ctx context.Context, q trayRequest) error {
	switch {
	case q.Do == "insert" && q.Profile != nil:
		return t.Insert(ctx, *q.Profile)
	case q.Do == "tap" && q.Profile != nil:
		return t.Tap(ctx, *q.Profile)
	case q.Do == "tap-two" && q.Profile != nil && q.Other != nil:
		return t.TapTwo(ctx, *q.Profile, *q.Other)
	case q.Do == "pull":
		t.Pull()
		return nil
	case q.Do == "away":
		t.Away()
		return nil
	case q.Do == "wait":
		return t.WaitEmpty(ctx)
	case q.Do == "wait-away":
		return t.WaitAway(ctx)
	case q.Do == "state", q.Do == "story" && q.Profile != nil:
		return nil
	default:
		return errors.New("request unknown")
	}
}
