package virtualcard

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"
)

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

// Insert puts a card into the contact slot.
func (c *TrayClient) Insert(p Profile) error {
	_, err := c.ask(trayRequest{Do: "insert", Profile: &p})
	return err
}

// Tap holds a card into the field.
func (c *TrayClient) Tap(p Profile) error {
	_, err := c.ask(trayRequest{Do: "tap", Profile: &p})
	return err
}

// TapTwo holds two cards into the field at the same time.
func (c *TrayClient) TapTwo(p, q Profile) error {
	_, err := c.ask(trayRequest{Do: "tap-two", Profile: &p, Other: &q})
	return err
}

// Pull takes the card out of the contact slot.
func (c *TrayClient) Pull() error {
	_, err := c.ask(trayRequest{Do: "pull"})
	return err
}

// Away takes what is in the field out of it.
func (c *TrayClient) Away() error {
	_, err := c.ask(trayRequest{Do: "away"})
	return err
}

// State tells what is in the slots.
func (c *TrayClient) State() (TrayState, error) { return c.ask(trayRequest{Do: "state"}) }

// Story is what a card of this profile did since it was last asked.
func (c *TrayClient) Story(p Profile) (Story, error) {
	a, err := c.send(trayRequest{Do: "story", Profile: &p})
	if err == nil && a.Story == nil {
		err = errors.New("asking the card tray: no story")
	}
	if err != nil {
		return Story{}, err
	}
	return *a.Story, nil
}

// WaitAway waits until the field is empty.
func (c *TrayClient) WaitAway() error {
	_, err := c.ask(trayRequest{Do: "wait-away"})
	return err
}

// WaitEmpty waits until the contact slot is empty.
func (c *TrayClient) WaitEmpty() error {
	_, err := c.ask(trayRequest{Do: "wait"})
	return err
}

// Close leaves the tray as it is.
func (c *TrayClient) Close() error { return c.conn.Close() }

func (c *TrayClient) ask(q trayRequest) (TrayState, error) {
	a, err := c.send(q)
	return a.State, err
}

func (c *TrayClient) send(q trayRequest) (a trayAnswer, err error) {
	if err := json.NewEncoder(c.conn).Encode(q); err != nil {
		return a, fmt.Errorf("asking the card tray: %w", err)
	}
	if !c.lines.Scan() {
		return a, errors.New("asking the card tray: no answer")
	}
	if err := json.Unmarshal(c.lines.Bytes(), &a); err != nil {
		return a, fmt.Errorf("asking the card tray: %w", err)
	}
	if !a.OK {
		return a, fmt.Errorf("asking the card tray: %s", a.Error)
	}
	return a, nil
}
