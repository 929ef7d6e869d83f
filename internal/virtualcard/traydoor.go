package virtualcard

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// The tray's door is a Unix socket with one JSON object a line, each answered
// by one:
//
//	{"do":"insert","profile":{…}}   {"do":"pull"}   {"do":"state"}   {"do":"wait"}
//	{"ok":true,"state":{"present":true,"insertions":1,"departures":0}}
//	{"ok":false,"error":"…"}
//
// "wait" answers when the slot is empty. Test cards only: profiles hold keys.
type trayRequest struct {
	Do      string   `json:"do"`
	Profile *Profile `json:"profile,omitempty"`
}

type trayAnswer struct {
	OK    bool      `json:"ok"`
	Error string    `json:"error,omitempty"`
	State TrayState `json:"state"`
}

// maxTrayLine bounds a request; a profile has about 500 bytes.
const maxTrayLine = 16 << 10

// Serve answers requests until ctx ends, then pulls the card.
func (t *Tray) Serve(ctx context.Context, l net.Listener) error {
	var served sync.WaitGroup
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
	return trayAnswer{OK: true, State: t.State()}
}

func (t *Tray) perform(ctx context.Context, q trayRequest) error {
	switch {
	case q.Do == "insert" && q.Profile != nil:
		return t.Insert(ctx, *q.Profile)
	case q.Do == "pull":
		t.Pull()
		return nil
	case q.Do == "state":
		return nil
	case q.Do == "wait":
		return t.WaitEmpty(ctx)
	default:
		return errors.New("request unknown")
	}
}

// A TrayClient speaks to a tray in another process. It serves one goroutine.
type TrayClient struct {
	conn  net.Conn
	lines *bufio.Scanner
}

// DialTray connects to a tray's socket, trying again until ctx ends.
func DialTray(ctx context.Context, socket string) (*TrayClient, error) {
	var d net.Dialer
	for {
		conn, err := d.DialContext(ctx, "unix", socket)
		if err == nil {
			return &TrayClient{conn: conn, lines: bufio.NewScanner(conn)}, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("connecting to the card tray: %w", err)
		case <-time.After(dialEvery):
		}
	}
}

// Insert puts a card into the slot.
func (c *TrayClient) Insert(p Profile) error {
	_, err := c.ask(trayRequest{Do: "insert", Profile: &p})
	return err
}

// Pull takes the card out.
func (c *TrayClient) Pull() error {
	_, err := c.ask(trayRequest{Do: "pull"})
	return err
}

// State tells what is in the slot.
func (c *TrayClient) State() (TrayState, error) { return c.ask(trayRequest{Do: "state"}) }

// WaitEmpty waits until the slot is empty.
func (c *TrayClient) WaitEmpty() error {
	_, err := c.ask(trayRequest{Do: "wait"})
	return err
}

// Close leaves the tray as it is.
func (c *TrayClient) Close() error { return c.conn.Close() }

func (c *TrayClient) ask(q trayRequest) (TrayState, error) {
	if err := json.NewEncoder(c.conn).Encode(q); err != nil {
		return TrayState{}, fmt.Errorf("asking the card tray: %w", err)
	}
	if !c.lines.Scan() {
		return TrayState{}, errors.New("asking the card tray: no answer")
	}
	var a trayAnswer
	if err := json.Unmarshal(c.lines.Bytes(), &a); err != nil {
		return TrayState{}, fmt.Errorf("asking the card tray: %w", err)
	}
	if !a.OK {
		return a.State, fmt.Errorf("asking the card tray: %s", a.Error)
	}
	return a.State, nil
}
