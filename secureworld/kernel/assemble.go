//go:build linux

package main

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/application"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/applications"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/devicelink"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/hostlink"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/keystore"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/monitor"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/pinpadlink"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/readerlink"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/services"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/stepper"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/trustedstorage"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/journal"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// storageRoot is where boot started the kernel and Landlock leaves it files: its root
// directory, or where a container permits no namespaces one that it has no others beside.
const storageRoot = "."

const (
	journalFile = "journal"
	maxConfig   = 64 << 10 // a dozen key blocks and four certificates take some 8 KiB
	workWait    = 10 * time.Second
	finishWait  = 30 * time.Second // the card's last word, or the reader's after a PIN
)

// kernel is everything, wired.
type kernel struct {
	reserved
	report     sandbox.Report
	cfg        provisioning.Kernel
	digests    digests
	licence    atomic.Pointer[paper] // the one in force
	appTLS     *tls.Config           // for an app world that boot could not measure
	storage    *trustedstorage.Storage
	keys       *keystore.Store
	core       transaction.Config
	parameters configured
	stepper    *stepper.Stepper
	recovery   []transaction.Effect
	gate       *monitor.Monitor
	reader     *readerlink.Door
	pinpad     *pinpadlink.Door
	host       *hostlink.Link
	link       *handover.Link
	apps       *appWorld
	witness    witness
	services   *services.Services
	crypto     *services.Gate // the app world's way to them

	applications *applications.Registry
}

func assemble(p *handover.Provisions, link *handover.Link, r reserved, report sandbox.Report) (*kernel, error) {
	k := &kernel{reserved: r, report: report, link: link, apps: newAppWorld()}
	link.OnMeasured(k.remeasured)
	link.OnLicence(k.relicense)
	k.digests = measured(p)
	for _, step := range []func() error{
		func() error { return k.configure(p) },
		func() error { return k.takeParameters(p) },
		func() error { return k.license(p.Licence) },
		func() error { return k.openStorage(p, link) }, func() error { return k.eraseRemoved(p) },
		k.openKeys, func() error { return k.openWitness(p) }, k.openDevices, k.openHost, k.openServices,
		func() error { return k.openApplications(p, link) },
		k.openCore,
		func() error { k.takeKeys(link); return nil },
		func() error { return k.completeStorage(link) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (k *kernel) configure(p *handover.Provisions) error {
	room := make([]byte, maxConfig) // key blocks and certificates: no secret in clear
	n, err := p.ReadConfig(room)
	if err != nil {
		return err
	}
	if k.cfg, err = provisioning.ParseKernel(room[:n]); err != nil {
		return err
	}
	k.core, err = coreConfig(k.cfg)
	return err
}

func coreConfig(c provisioning.Kernel) (transaction.Config, error) {
	var t transaction.Config
	var err error
	if t.Currency, err = payment.ParseCurrency(c.Currency); err != nil {
		return t, fmt.Errorf("configuration: %w", err)
	}
	if t.Zone, err = transaction.Zone(c.TimeZone); err != nil {
		return t, errors.New("configuration: malformed time zone")
	}
	reader, err := devicelink.ParseDeviceID(c.ReaderDevice)
	if err != nil {
		return t, err
	}
	t.ReaderKey = reader
	t.TerminalID, t.MerchantID = payment.TerminalID(padded(c.TerminalID, 8)), payment.MerchantID(padded(c.MerchantID, 15))
	t.Country, t.MaxAmount, t.PINAttempts = c.Country, payment.Amount(c.MaxAmount), c.PINAttempts
	t.CardWait, t.PINWait, t.HostWait = seconds(c.CardSeconds), seconds(c.PINSeconds), seconds(c.HostSeconds)
	t.FinishWait, t.WorkWait = finishWait, workWait
	if !t.TerminalID.Valid() || !t.MerchantID.Valid() || !t.MaxAmount.Valid() || t.HostWait <= 0 || t.CardWait <= 0 || t.PINWait <= 0 {
		return t, errors.New("configuration: a value is out of its range")
	}
	return t, nil
}

func seconds(n uint16) time.Duration { return time.Duration(n) * time.Second }

func padded(s string, n int) []byte {
	b := bytes.Repeat([]byte{' '}, n)
	copy(b, s)
	return b
}

// post gives events to the stepper, which is made last.
func (k *kernel) post(e transaction.Event) { k.stepper.Post(e) }

func (k *kernel) refuse() { k.gate.Count() }

func (k *kernel) openDevices() error {
	signer, err := k.keys.TLS(provisioning.FileDoorsKey)
	if err != nil {
		return err
	}
	server, err := k.devicesTLS(signer)
	if err != nil {
		return err
	}
	k.appTLS = k.unmeasured(server)
	k.reader = readerlink.New(readerlink.Config{TLS: server, Device: k.core.ReaderKey,
		Orders: k.keys.Order(provisioning.KeyReaderOrder), Parameters: k.parameters.order(), Post: k.post, Refuse: k.refuse})
	device, err := devicelink.ParseDeviceID(k.cfg.PINPadDevice)
	if err != nil {
		return err
	}
	id, err := pinKeyID(k.cfg.PINPadKeyBlock)
	if err != nil {
		return err
	}
	k.pinpad = pinpadlink.New(pinpadlink.Config{TLS: server, Device: device, KeyID: id,
		KeyBlock: []byte(k.cfg.PINPadKeyBlock), Orders: k.keys.Order(provisioning.KeyPINPadOrder),
		Post: k.post, Refuse: k.refuse})
	return nil
}

// pinKeyID reads the key id in the clear header of the PIN pad's key block.
func pinKeyID(block string) (id pinentry.KeyID, err error) {
	h, err := keyblock.Parse([]byte(block))
	if err != nil {
		return id, fmt.Errorf("configuration: the PIN pad's key block: %w", err)
	}
	for _, o := range h.Optional {
		if b, err := hex.DecodeString(o.Data); o.ID == "IK" && err == nil && len(b) == len(id) {
			return pinentry.KeyID(b), nil
		}
	}
	return id, errors.New("configuration: the PIN pad's key block has no key id")
}

func (k *kernel) openHost() error {
	signer, err := k.keys.TLS(provisioning.FileHostKey)
	if err != nil {
		return err
	}
	client, err := hostlink.ClientConfig(k.cfg.HostCert, k.cfg.HostCA, k.cfg.HostName, signer)
	if err != nil {
		return err
	}
	k.host = hostlink.New(hostlink.Config{TLS: client, TerminalID: k.core.TerminalID, Post: k.post, Strange: k.refuse})
	return nil
}

// replay opens the journal, and gives the core every record of it.
func (k *kernel) replay(core *transaction.Core) (*journal.Journal, error) {
	file, err := journal.OpenDisk(journalFile)
	if err != nil {
		return nil, err
	}
	return journal.Open(file, k.keys.Journal(), func(b []byte) error {
		r, err := transaction.DecodeRecord(b)
		if err == nil {
			core.Replay(r)
		}
		return err
	})
}

// openCore replays the journal, decides what becomes of payments that were under
// way, and wires the core to its shells.
func (k *kernel) openCore() error {
	device, err := devicelink.ParseDeviceID(k.cfg.PINPadDevice)
	if err != nil {
		return err
	}
	k.core.HostKeysLeft, k.core.HostKeyID = k.keys.HostKeysLeft, k.keys.HostKeyID
	core := transaction.New(k.core)
	log, err := k.replay(core)
	if err != nil {
		return err
	}
	events := monitor.NewEvents()
	k.recovery = core.Recover(time.Now())
	if err := k.mendKeys(core); err != nil {
		return err
	}
	k.stepper = stepper.New(stepper.Config{Core: core, Journal: log, Reader: k.reader, PINPad: k.pinpad,
		Host: k.host, Application: application.New(application.Config{Host: k.reserved.host, Keys: k.keys, PINPad: device,
			Authorities: k.parameters.authority, Evidence: k.hostEvidence, Cards: k.applications, Single: k.memory.Arenas() < 2}), ReplaceKey: k.replaceKey, Publish: k.changed(events.Publish)})
	k.gate = monitor.New(monitor.Config{Core: k.stepper, Events: events, Describe: k.describe, Keys: k.keyList, Services: k.servant, Witness: k, Applications: k.applications})
	return nil
}
