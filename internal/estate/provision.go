//go:build linux

package estate

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/estate/premises"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// Wallet is where a home keeps its cards.
func Wallet(home string) string { return filepath.Join(home, "cards") }

// provision holds the ceremony and makes the cards, each once.
func (l *Lane) provision() (err error) {
	if l.Record, err = ceremony.Hold(l.Home, time.Now()); err != nil {
		return err
	}
	if err := l.gather(); err != nil {
		return err
	}
	element := filepath.Join(l.Home, ceremony.Worlds, string(premises.Element))
	if l.Bureau, err = bureau.Open(element); err != nil {
		return err
	}
	schemes, err := ceremony.Schemes(l.Home)
	if err != nil {
		return err
	}
	l.Bureau.Certify(schemes)
	return l.fillWallet()
}

func (l *Lane) fillWallet() error {
	dir := Wallet(l.Home)
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		cards, err := l.Bureau.Wallet()
		if err != nil {
			return err
		}
		if err := bureau.Save(dir, cards); err != nil {
			return err
		}
	}
	for _, o := range l.options.Cards {
		c, err := l.Bureau.Make(o)
		if err != nil {
			return err
		}
		if err := bureau.Save(dir, []bureau.Card{c}); err != nil {
			return err
		}
	}
	return nil
}

// moveIn gives each world its things and tells it its places.
func (l *Lane) moveIn() error {
	if err := l.premises.MoveIn(l.Home); err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return l.placeDevice(premises.Reader, "sred") },
		func() error { return l.placeDevice(premises.PINPad, "pinentry") },
		l.placeCards, l.configureKernel,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	l.moved = true
	return nil
}

// placeDevice tells a device where its door is in this run.
func (l *Lane) placeDevice(w premises.World, door string) error {
	var d provisioning.Device
	path := filepath.Join(l.premises.Of(w), provisioning.FileDevice)
	if err := readJSON(path, &d); err != nil {
		return err
	}
	d.Connect = "unix:" + l.door(door)
	if err := writeJSON(path, d); err != nil {
		return err
	}
	return l.premises.Give(path, w)
}

func (l *Lane) placeCards() error {
	cards, err := bureau.LoadAll(Wallet(l.Home))
	if err != nil {
		return err
	}
	path := filepath.Join(l.premises.Of(premises.Acquirer), "cards.json")
	if err := writeJSON(path, bureau.Issued(cards)); err != nil {
		return err
	}
	return l.premises.Give(path, premises.Acquirer)
}

// configureKernel lets a test change what the kernel is told in this run.
func (l *Lane) configureKernel() error {
	if l.options.Configure == nil {
		return nil
	}
	var k provisioning.Kernel
	path := filepath.Join(l.premises.Of(premises.SecureWorld), "kernel.json")
	if err := readJSON(path, &k); err != nil {
		return err
	}
	l.options.Configure(&k)
	return writeJSON(path, k)
}

// door is one of the secure world's sockets.
// Mailbox is the socket of the app world's door.
func (l *Lane) Mailbox() string { return l.door("mailbox") }

func (l *Lane) door(name string) string { return filepath.Join(l.premises.Doors(), name+".sock") }

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s is not its JSON form", filepath.Base(path))
	}
	return nil
}

func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o600)
}
