//go:build linux

package main

import (
	"context"
	"crypto/fips140"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/durable"
	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/monitor"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/stepper"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/zeroise"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/journal"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/transaction"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// A device that was tampered with has its prepared reversals written down for
// people, and its keys erased, in memory and storage. From then on the kernel
// answers the app world with its state and with nothing else, at every start, until
// the customer lets the storage begin anew and the device is provisioned again.

var errTampered = errors.New("the device was tampered with: its keys are erased")

// settleWait is what the step under way gets to end.
const settleWait = time.Second

// zeroise ends the kernel that serves. What is under way is not sent any more.
func (k *kernel) zeroise(ended <-chan error) error {
	select {
	case <-ended: // the stepper, or the link
	case <-time.After(settleWait):
	}
	err := export(storageRoot, k.stepper.State())
	err = errors.Join(err, zeroise.Storage(storageRoot))
	k.memory.Keys().Wipe()
	return errors.Join(errTampered, err)
}

// exported is the file that people read.
type exported struct {
	Journal   uint64             `json:"journal_length"`
	Head      string             `json:"journal_head"`
	Unread    bool               `json:"unread"` // the journal could not be read: ask the acquirer for what is open
	Reversals []exportedReversal `json:"reversals"`
}

type exportedReversal struct {
	Payment  payment.ID        `json:"payment_id"`
	STAN     payment.STAN      `json:"stan"`
	RRN      payment.RRN       `json:"rrn"`
	Amount   payment.Amount    `json:"amount"`
	Currency payment.Currency  `json:"currency"`
	Masked   payment.MaskedPAN `json:"masked_pan"`
	Date     payment.Date      `json:"date"`
	Time     payment.Time      `json:"time"`
	Message  string            `json:"message"` // hexadecimal; sealed and authenticated for the acquirer
}

func export(dir string, s stepper.State) error {
	out := exported{Journal: s.JournalLength, Head: hex.EncodeToString(s.JournalHead[:]), Reversals: []exportedReversal{}}
	for _, p := range s.Prepared {
		out.Reversals = append(out.Reversals, exportedReversal{p.ID, p.STAN, p.RRN, p.Amount, p.Currency, p.Masked, p.Date, p.Time, hex.EncodeToString(p.Message)})
	}
	return writeExport(dir, out)
}

func writeExport(dir string, out exported) error {
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	return durable.Replace(durable.OS{}, filepath.Join(dir, provisioning.FileReversals), append(b, '\n'))
}

// serveTampered is the kernel's life on a device that was tampered with: what a
// former kernel did not come to is done first.
func serveTampered(p *handover.Provisions, link *handover.Link, r reserved, report sandbox.Report) error {
	_ = link.Log(handover.EventTampered, uint32(p.Tampered))
	k := &kernel{reserved: r, report: report, digests: measured(p)}
	configured := k.configure(p)
	if zeroise.Needed(storageRoot) {
		if err := errors.Join(k.exportStored(p, link, configured), zeroise.Storage(storageRoot)); err != nil {
			return err
		}
		r.memory.Keys().Wipe()
	}
	if configured != nil {
		return configured
	}
	k.gate = monitor.New(monitor.Config{Core: tampered{}, Events: monitor.NewEvents(), Describe: k.describeTampered})
	return k.stayTampered(link)
}

// exportStored reads the reversals out of a storage that is still whole. Where it is
// not, people are told so.
func (k *kernel) exportStored(p *handover.Provisions, link *handover.Link, err error) error {
	if _, err := os.Lstat(filepath.Join(storageRoot, provisioning.FileReversals)); err == nil {
		return nil // a former kernel wrote them
	}
	core := transaction.New(k.core)
	var log *journal.Journal
	for _, step := range []func() error{
		func() error { return err },
		func() error { return k.license(p.Licence) },
		func() error { return k.openStorage(p, link) }, k.openKeys,
		func() (err error) { log, err = k.replay(core); return err },
	} {
		if step() != nil {
			return writeExport(storageRoot, exported{Unread: true, Reversals: []exportedReversal{}})
		}
	}
	core.Recover(time.Now())
	return export(storageRoot, stepper.State{State: core.State(), JournalHead: log.Head(), JournalLength: log.Length()})
}

func (k *kernel) stayTampered(link *handover.Link) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := link.Ready(k.report.InForce(), k.report.Missing()); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- link.Serve(func() bool { return true }) }()
	for _, door := range []handover.Door{handover.DoorMailbox, handover.DoorSRED, handover.DoorPINEntry} {
		go k.accept(ctx, link, door, func(c handover.Connection) error {
			if door != handover.DoorMailbox || !c.Measured { // there is no key for TLS any more
				return errors.Join(errTampered, c.Close())
			}
			return k.gate.Serve(ctx, c, monitor.App{Measured: true, Digest: c.Measurement})
		})
	}
	select {
	case <-link.Stopping():
		return nil
	case err := <-ended:
		return fmt.Errorf("boot: %w", err)
	}
}

// tampered refuses every command.
type tampered struct{}

func (tampered) Ask(context.Context, func(uint64) transaction.Event) (transaction.Reply, error) {
	return transaction.Reply{Refused: mailbox.CodeTampered}, nil
}

// describeTampered tells what is left to tell.
func (k *kernel) describeTampered(app monitor.App) mailbox.Description {
	d := mailbox.Description{
		State: payment.TerminalStateTampered, NeedsAttention: true,
		TerminalID: k.core.TerminalID, MerchantID: k.core.MerchantID, Currency: k.core.Currency, MaxAmount: k.core.MaxAmount,
		MemoryProtection: k.protection(), Layers: layers(k.report), LandlockABI: uint8(k.report.LandlockABI),
		AppMeasured: app.Measured, AppDigest: app.Digest, PreemptionOff: true, KernelVersion: k.cfg.Version,
		FIPS: fips140.Enabled(), FIPSEnforced: fips140.Enforced(), FIPSModule: payment.FIPSModuleOf(fips140.Version()),
		BootDigest: k.digests.boot, KernelDigest: k.digests.kernel, PaymentDigest: k.digests.payment, SystemDigest: k.digests.system,
		KernelStarts: k.digests.starts, FramesRefused: payment.CountOf(k.gate.Refused()), PendingReversals: awaiting(storageRoot),
	}
	d.Isolation, d.Accelerator = isolation(sandbox.Isolation())
	return d
}

// awaiting is how many reversals people were given.
func awaiting(dir string) uint32 {
	b, err := os.ReadFile(filepath.Join(dir, provisioning.FileReversals))
	var out struct {
		Reversals []struct{} `json:"reversals"`
	}
	if err != nil || json.Unmarshal(b, &out) != nil {
		return 0
	}
	return uint32(len(out.Reversals))
}
