// Package keyring knows every key of a demo lane, so that a scraper can look for them:
// those that the ceremony provisioned, and the transaction and working keys that come
// of them. It opens what it finds with the suppliers' keys, which devices and kernel
// destroy at their first start; so it is read between the ceremony and that start.
//
// The scope evidence and the scraper's test import it. What it holds are a demo's keys
// in clear. It never prints one.
package keyring

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/strongroom-pos/strongroom/internal/estate/ceremony"
	"github.com/strongroom-pos/strongroom/internal/plain/door"
	"github.com/strongroom-pos/strongroom/internal/plain/plaindukpt"
	"github.com/strongroom-pos/strongroom/internal/plain/secondterminal"
	"github.com/strongroom-pos/strongroom/internal/scan"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// Exception begins the names of keys that are listed and not asserted: those of
// TLS and of signatures.
const Exception = "exception: "

// FirmwareRoot is the name of the key from which the storage's keys come.
const FirmwareRoot = "firmware root"

// Keyring is every key of a lane, by name, as the ceremony provisioned it. It is
// read between the ceremony and the first start, when the supplier keys are still
// there.
type Keyring struct {
	keys    map[string][]byte
	readers initial // DUKPT initial keys, with the ids of their devices
	hosts   initial
	pins    initial
}

type initial struct {
	id  [8]byte
	key []byte
}

// Read opens everything that the ceremony in dir left.
func Read(dir string) (*Keyring, error) {
	k := &Keyring{keys: map[string][]byte{}}
	world := func(name ...string) string {
		return filepath.Join(append([]string{dir, ceremony.Worlds}, name...)...)
	}
	for _, step := range []func() error{
		func() error { return k.kernel(world("secureworld")) },
		func() error { return k.device("reader", world("reader")) },
		func() error { return k.device("pinpad", world("pinpad")) },
		func() error { return k.pinKey(world("pinpad"), world("secureworld")) },
		func() error { return k.element(world("element")) },
		func() error { return k.tlsKeys(world("reader", "key.pem"), "reader") },
		func() error { return k.tlsKeys(world("pinpad", "key.pem"), "pinpad") },
		func() error { return k.tlsKeys(world("acquirer", "key.pem"), "acquirer") },
	} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("reading the keys of the lane: %w", err)
		}
	}
	return k, nil
}

// kernel opens what the kernel takes over at its first start.
func (k *Keyring) kernel(dir string) error {
	incoming := filepath.Join(dir, "storage", provisioning.Incoming)
	var c provisioning.Kernel
	if err := readJSON(filepath.Join(dir, "kernel.json"), &c); err != nil {
		return err
	}
	supplier, err := os.ReadFile(filepath.Join(incoming, provisioning.FileSupplierKey))
	if err != nil {
		return err
	}
	k.keys["kernel supplier"] = supplier
	if err := k.blocks("kernel", supplier, c.Keys); err != nil {
		return err
	}
	if k.keys[FirmwareRoot], err = os.ReadFile(filepath.Join(incoming, provisioning.FileFirmwareRoot)); err != nil {
		return err
	}
	for _, name := range []string{provisioning.FileDoorsKey, provisioning.FileHostKey} {
		der, err := os.ReadFile(filepath.Join(incoming, name))
		if err != nil {
			return err
		}
		if err := k.private(der, "kernel "+name); err != nil {
			return err
		}
	}
	if k.readers, err = k.initial(c.ReaderDevice, "kernel "+provisioning.KeyReaderInitial); err != nil {
		return err
	}
	k.hosts, err = k.initial(c.HostKeyID, "kernel "+provisioning.KeyHostInitial)
	return err
}

func (k *Keyring) device(name, dir string) error {
	var d provisioning.Device
	if err := readJSON(filepath.Join(dir, provisioning.FileDevice), &d); err != nil {
		return err
	}
	supplier, err := os.ReadFile(filepath.Join(dir, d.Supplier))
	if err != nil {
		return err
	}
	k.keys[name+" supplier"] = supplier
	return k.blocks(name, supplier, d.Keys)
}

// pinKey opens the block that the secure world relays and cannot open.
func (k *Keyring) pinKey(pinpad, secureworld string) error {
	kbpk, err := os.ReadFile(filepath.Join(pinpad, "acquirer.kbpk"))
	if err != nil {
		return err
	}
	k.keys["acquirer key encryption"] = kbpk
	var c provisioning.Kernel
	if err := readJSON(filepath.Join(secureworld, "kernel.json"), &c); err != nil {
		return err
	}
	if err := k.blocks("pinpad", kbpk, []provisioning.Key{{Name: "pin-initial", Block: c.PINPadKeyBlock}}); err != nil {
		return err
	}
	h, err := keyblock.Parse([]byte(c.PINPadKeyBlock))
	if err != nil {
		return err
	}
	for _, o := range h.Optional {
		if o.ID == "IK" {
			k.pins, err = k.initial(o.Data, "pinpad pin-initial")
		}
	}
	return err
}

func (k *Keyring) element(dir string) error {
	kbpk, err := os.ReadFile(filepath.Join(dir, "kbpk"))
	if err != nil {
		return err
	}
	k.keys["element key protection"] = kbpk
	keys, err := secondterminal.OpenElementKeys(dir)
	for _, e := range keys {
		k.keys["element "+string(e.Slot)] = e.Value
	}
	return err
}

func (k *Keyring) blocks(world string, kbpk []byte, list []provisioning.Key) error {
	for _, b := range list {
		key := make([]byte, 64)
		_, n, err := keyblock.Unwrap(kbpk, []byte(b.Block), key)
		if err != nil {
			return fmt.Errorf("opening %s %s: %w", world, b.Name, err)
		}
		k.keys[world+" "+b.Name] = key[:n]
	}
	return nil
}

func (k *Keyring) initial(id, name string) (i initial, err error) {
	b, err := hex.DecodeString(id)
	if err != nil || len(b) != len(i.id) || k.keys[name] == nil {
		return i, errors.New("an initial key or its id is missing")
	}
	return initial{[8]byte(b), k.keys[name]}, nil
}

// private takes the scalar of a TLS key.
func (k *Keyring) private(der []byte, name string) error {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return errors.New("a TLS key is none of ECDSA")
	}
	scalar, err := key.Bytes()
	k.keys[Exception+name] = scalar
	return err
}

func (k *Keyring) tlsKeys(path, name string) error {
	b, err := os.ReadFile(path) //nolint:gosec // a demo's own directory
	if err != nil {
		return err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return errors.New("a TLS key is no PEM")
	}
	return k.private(block.Bytes, name+" tls")
}

// Plain adds the keys of the plain control terminal.
func (k *Keyring) Plain(c door.Config) {
	k.keys["plain host-initial"], k.keys["plain pin-initial"], k.keys["plain token"] = c.HostKey.Value, c.PINKey.Value, c.Token
}

// spare is room for the messages that are no sale's: sign-ons, echoes.
const spare = 50

// Working adds the transaction and working keys that this many sales use up: what
// becomes of the initial keys.
func (k *Keyring) Working(sales int) error {
	for _, d := range []struct {
		name string
		initial
		each   int // transactions of one sale
		usages []plaindukpt.Usage
	}{
		{"reader envelope", k.readers, 2, []plaindukpt.Usage{plaindukpt.DataEncryption}},
		{"host message", k.hosts, 3, []plaindukpt.Usage{plaindukpt.DataEncryption, plaindukpt.MACGeneration, plaindukpt.MACVerification}},
		{"pin block", k.pins, 1, []plaindukpt.Usage{plaindukpt.PINEncryption}},
	} {
		for counter := range uint32(d.each*sales + spare) { //nolint:gosec // some hundreds
			if err := k.transaction(d.name, d.initial, d.usages, counter+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (k *Keyring) transaction(name string, d initial, usages []plaindukpt.Usage, counter uint32) error {
	tx, err := plaindukpt.Transaction(d.key, d.id, counter)
	if err != nil {
		return err
	}
	k.keys[fmt.Sprintf("%s transaction %d", name, counter)] = tx
	for _, u := range usages {
		key, err := plaindukpt.Working(tx, u, d.id, counter)
		if err != nil {
			return err
		}
		k.keys[fmt.Sprintf("%s working %04x %d", name, u, counter)] = key
	}
	return nil
}

// AddTo makes needles of all keys, under their names.
func (k *Keyring) AddTo(n *scan.Needles) error {
	for name, key := range k.keys {
		if err := n.AddKey(name, key); err != nil {
			return err
		}
	}
	return nil
}

// Len is how many keys there are.
func (k *Keyring) Len() int { return len(k.keys) }

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path) //nolint:gosec // a demo's own directory
	if err != nil {
		return err
	}
	if json.Unmarshal(b, v) != nil {
		return fmt.Errorf("%s is not its JSON form", filepath.Base(path))
	}
	return nil
}
