// Package secondterminal provisions the plain control terminal at the acquirer of
// a lane: a second terminal id beside the lane's own, with keys and a certificate
// of its own.
//
// It plays the acquirer's key ceremony once more, with what a demo's ceremony
// left behind: the base derivation keys come out of the element's key blocks, the
// certificate from the host authority. So it can only ever work with a demo.
//
// Tests and the operator's scope evidence import it. What it returns holds keys in clear; see package door.
package secondterminal

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	acquirer "github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/plain/door"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Who the plain control terminal is.
const (
	TerminalID = "PLAIN001"
	merchantID = "STRONGROOMDEMO1"
	currency   = 978 // ISO 4217, euro
	country    = 276 // ISO 3166, Germany
)

// Provision registers the terminal in the acquirer's terminal file, below the
// directory of the ceremony, and returns its configuration without Host and
// Directory. The acquirer must not have been started yet.
func Provision(dir string) (door.Config, error) {
	c := door.Config{TerminalID: TerminalID, MerchantID: merchantID, Currency: currency, Country: country,
		HostName: ceremony.HostName, Token: make([]byte, 32)}
	if _, err := rand.Read(c.Token); err != nil {
		return c, err
	}
	keys, err := OpenElementKeys(filepath.Join(dir, ceremony.Worlds, "element"))
	if err != nil {
		return c, err
	}
	if c.HostKey, err = derive(keys, element.SlotTerminalBDK); err != nil {
		return c, err
	}
	if c.PINKey, err = derive(keys, element.SlotPINBDK); err != nil {
		return c, err
	}
	if err := certify(&c, filepath.Join(dir, "roles", "acquirer")); err != nil {
		return c, err
	}
	return c, register(c, filepath.Join(dir, ceremony.Worlds, "acquirer", "terminals.json"))
}

// derive draws a derivation id under a base derivation key and makes the initial
// key (ANSI X9.24-3).
func derive(keys []ElementKey, slot element.Slot) (k door.Key, err error) {
	for _, e := range keys {
		if e.Slot != slot {
			continue
		}
		bdk, err := hex.DecodeString(e.BDKID)
		if err != nil || len(bdk) != 4 {
			return k, errors.New("second terminal: malformed base derivation key id")
		}
		k.ID = append(bdk, make([]byte, 4)...)
		if _, err := rand.Read(k.ID[4:]); err != nil {
			return k, err
		}
		k.Value = make([]byte, 32)
		return k, receiver.InitialKey(k.Value, e.Value, dukpt.AES256, [8]byte(k.ID))
	}
	return k, errors.New("second terminal: a base derivation key is missing")
}

// register adds the terminal to the acquirer's file, in place of an earlier one
// of its name.
func register(c door.Config, path string) error {
	b, err := os.ReadFile(path) //nolint:gosec // a test's own directory
	if err != nil {
		return fmt.Errorf("second terminal: reading the terminals: %w", err)
	}
	var f acquirer.Terminals
	if json.Unmarshal(b, &f) != nil {
		return errors.New("second terminal: malformed terminal file")
	}
	own := acquirer.Terminal{
		TerminalID: c.TerminalID, MerchantID: c.MerchantID, Currency: fmt.Sprintf("%03d", c.Currency),
		KeyID: upperHex(c.HostKey.ID), PINKeyID: upperHex(c.PINKey.ID),
	}
	kept := f.Terminals[:0]
	for _, t := range f.Terminals {
		if t.TerminalID != own.TerminalID {
			kept = append(kept, t)
		}
	}
	f.Terminals = append(kept, own)
	if b, err = json.MarshalIndent(f, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o600)
}

func upperHex(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }
