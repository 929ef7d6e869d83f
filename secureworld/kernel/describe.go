//go:build linux

package main

import (
	"crypto/fips140"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/internal/sandbox"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/monitor"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/secretmem"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// digests are what runs, as boot measured it.
type digests struct {
	boot, kernel, payment [32]byte
	system                [32]byte // of the virtual machine; zero without one
	version               uint64   // of the kernel's image
	starts                uint32
}

func measured(p *handover.Provisions) digests {
	told := sandbox.Told()
	d := digests{boot: told.Boot, kernel: told.Kernel, system: told.System, version: told.Version, starts: told.Starts}
	for _, a := range p.Applications {
		if a.Name == paymentApplication {
			d.payment = a.SHA256
		}
	}
	return d
}

// describe tells what is in force. Nothing in it was merely asked for.
func (k *kernel) describe(app monitor.App) mailbox.Description {
	d := mailbox.Description{
		TerminalID: k.core.TerminalID, MerchantID: k.core.MerchantID, Currency: k.core.Currency, MaxAmount: k.core.MaxAmount,
		MemoryProtection: k.protection(), StorageRoot: k.storageRootBy(),
		Layers: layers(k.report), LandlockABI: uint8(k.report.LandlockABI),
		AppMeasured: app.Measured, AppDigest: app.Digest,
		PreemptionOff: true, // the kernel does not start without
		FIPS:          fips140.Enabled(), FIPSEnforced: fips140.Enforced(), FIPSModule: payment.FIPSModuleOf(fips140.Version()), KernelVersion: k.cfg.Version,
		BootDigest: k.digests.boot, KernelDigest: k.digests.kernel, PaymentDigest: k.digests.payment, SystemDigest: k.digests.system,
		ParametersVersion: k.parameters.document.Version, ParametersDigest: k.parameters.digest,
		HostKeysLeft: k.keys.HostKeysLeft(), KernelStarts: k.digests.starts,
		AttestedByTPM: k.witness.quoted.Load(),
	}
	d.Isolation, d.Accelerator = isolation(sandbox.Isolation())
	k.describeState(&d)
	return d
}

// isolation is the level that whoever started this process knows.
func isolation(told string) (payment.Isolation, payment.Accelerator) {
	switch told {
	case sandbox.IsolationVMEmulated:
		return payment.IsolationVM, payment.AcceleratorEmulated
	case sandbox.IsolationVMKVM:
		return payment.IsolationVM, payment.AcceleratorKVM
	}
	return payment.IsolationProcess, payment.AcceleratorNone
}

func (k *kernel) describeState(d *mailbox.Description) {
	s := k.stepper.State()
	d.State, d.Busy, d.Batch = s.Terminal, s.Busy, s.Batch
	d.ReaderConnected, d.PINPadConnected, d.HostSignedOn, d.CardPresent = s.ReaderConnected, s.PINPadConnected, s.HostSignedOn, s.CardPresent
	d.HostRefusal = s.HostRefusal
	d.JournalHead, d.JournalLength = s.JournalHead, payment.CountOf(s.JournalLength)
	d.PendingReversals, d.OldestReversal, d.NeedsAttention = s.Pending, s.OldestSeconds, s.NeedsAttention
	d.FramesRefused = payment.CountOf(k.gate.Refused() + s.Counters.Unpermitted)
	d.EnvelopesRefused, d.LateAnswers = payment.CountOf(s.Counters.Envelopes), payment.CountOf(s.Counters.Late)
	d.BadMACs = payment.CountOf(s.Counters.BadMACs)
}

func (k *kernel) protection() payment.MemoryProtection {
	switch k.memory.Protection().Kind {
	case secretmem.KindSecret:
		return payment.MemoryProtectionSecret
	case secretmem.KindLocked:
		return payment.MemoryProtectionLocked
	}
	return payment.MemoryProtectionNone
}

func layers(r sandbox.Report) mailbox.Layers {
	on := func(l sandbox.Layer) bool { return r.InForce()&(1<<l) != 0 }
	return mailbox.Layers{
		OwnUser: on(sandbox.OwnUser), UserNamespace: on(sandbox.UserNamespace), PIDNamespace: on(sandbox.PIDNamespace),
		MountNamespace: on(sandbox.MountNamespace), NetworkNamespace: on(sandbox.NetworkNamespace),
		IPCNamespace: on(sandbox.IPCNamespace), EmptyRoot: on(sandbox.OwnRoot), NoCapabilities: on(sandbox.NoCapabilities),
		NoNewPrivileges: on(sandbox.NoNewPrivileges), Landlock: on(sandbox.Landlock), Seccomp: on(sandbox.Seccomp),
		NotDumpable: on(sandbox.NotDumpable), NoCore: on(sandbox.NoCore),
	}
}
