//go:build linux

package estate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/internal/estate/cardholder"
	"github.com/strongroom-pos/strongroom/internal/estate/desk"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// Places are the ways into a running lane.
type Places struct {
	Run    string // its directory
	Till   *till.Till
	PINPad *cardholder.PINPad
	Desk   *desk.Desk
	Tray   string // the card tray's socket
	Stripe string // the socket of the reader's magnetic stripe head
	// MCU is the socket of the MCU of the acquirer's elements; nobody is there where a
	// lane has one element.
	MCU string
	// Star is the socket of the hub that knows all groups; nobody is there without
	// Options.Star.
	Star string
	// Control is the socket of boot's door to the operator.
	Control string
}

func placesOf(run string) Places {
	terminal := filepath.Join(run, "terminal")
	return Places{
		Run:    run,
		Till:   &till.Till{Data: terminal, Addresses: filepath.Join(terminal, "addresses.json")},
		PINPad: &cardholder.PINPad{PageFile: filepath.Join(run, "pinpad", "page.url")},
		Desk:   &desk.Desk{Socket: filepath.Join(run, "acquirer", "control.sock")},
		Tray:   filepath.Join(run, "pcscd", "tray.sock"),
		Stripe: filepath.Join(run, "reader", "stripe.sock"),

		MCU:     filepath.Join(run, "mcu-door", "mcu.sock"),
		Star:    filepath.Join(run, "hub-door", "hub.sock"),
		Control: filepath.Join(run, "doors", "control.sock"),
	}
}

// Insert puts a card into the reader's contact slot.
func (p Places) Insert(ctx context.Context, card virtualcard.Profile) error {
	return p.tray(ctx, func(c *virtualcard.TrayClient) error { return c.Insert(card) })
}

// Pull takes the card out.
func (p Places) Pull(ctx context.Context) error {
	return p.tray(ctx, (*virtualcard.TrayClient).Pull)
}

// Tap holds a card into the reader's field, where it stays until Away.
func (p Places) Tap(ctx context.Context, card virtualcard.Profile) error {
	return p.tray(ctx, func(c *virtualcard.TrayClient) error { return c.Tap(card) })
}

// TapTwo holds two cards into the reader's field at the same time.
func (p Places) TapTwo(ctx context.Context, card, other virtualcard.Profile) error {
	return p.tray(ctx, func(c *virtualcard.TrayClient) error { return c.TapTwo(card, other) })
}

// Away takes what is in the field out of it.
func (p Places) Away(ctx context.Context) error {
	return p.tray(ctx, (*virtualcard.TrayClient).Away)
}

// Swipe draws a card through the reader's head.
func (p Places) Swipe(ctx context.Context, card virtualcard.Profile) error {
	return virtualcard.Swipe(ctx, p.Stripe, card)
}

// SwipeText draws a stripe that says this through the reader's head.
func (p Places) SwipeText(ctx context.Context, text string) error {
	return virtualcard.SwipeText(ctx, p.Stripe, text)
}

// Slot tells what is in the contact slot and in the field.
func (p Places) Slot(ctx context.Context) (s virtualcard.TrayState, err error) {
	return s, p.tray(ctx, func(c *virtualcard.TrayClient) error {
		s, err = c.State()
		return err
	})
}

// Story is what a card did since it was last asked, as it knows it itself.
func (p Places) Story(ctx context.Context, card virtualcard.Profile) (s virtualcard.Story, err error) {
	return s, p.tray(ctx, func(c *virtualcard.TrayClient) error {
		s, err = c.Story(card)
		return err
	})
}

func (p Places) tray(ctx context.Context, do func(*virtualcard.TrayClient) error) error {
	c, err := virtualcard.DialTray(ctx, p.Tray)
	if err != nil {
		return err
	}
	return errors.Join(do(c), c.Close())
}

// laneFile tells other commands where the lane of a home runs.
const laneFile = "lane.json"

type laneNote struct {
	PID int    `json:"pid"`
	Run string `json:"run"`
}

// ErrNoLane says that no lane runs from a home.
var ErrNoLane = errors.New("no lane is running here; start one with: strongroom up")

// Find finds the lane that runs from a home.
func Find(home string) (Places, error) {
	b, err := os.ReadFile(filepath.Join(home, laneFile))
	if errors.Is(err, os.ErrNotExist) {
		return Places{}, ErrNoLane
	}
	var n laneNote
	if err != nil || json.Unmarshal(b, &n) != nil {
		return Places{}, fmt.Errorf("finding the lane: %w", err)
	}
	if _, err := os.Stat(filepath.Join("/proc", fmt.Sprint(n.PID))); err != nil {
		return Places{}, ErrNoLane
	}
	return placesOf(n.Run), nil
}

// announce lets Find find this lane.
func (l *Lane) announce() error {
	b, err := json.Marshal(laneNote{os.Getpid(), l.Run})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.Home, laneFile), append(b, '\n'), 0o600)
}
