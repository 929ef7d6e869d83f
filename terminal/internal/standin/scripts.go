package standin

import (
	"crypto/sha256"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Ready describes a world in which everything is as it should be.
func Ready() mailbox.Description {
	d := mailbox.Description{State: payment.TerminalStateReady, Currency: payment.EUR,
		MaxAmount: 1_000_000, Batch: 7, ReaderConnected: true, PINPadConnected: true, HostSignedOn: true,
		Isolation: payment.IsolationProcess, MemoryProtection: payment.MemoryProtectionSecret,
		StorageRoot: payment.StorageRootFile, LandlockABI: 4, AppMeasured: true, PreemptionOff: true,
		KernelVersion: 1, JournalLength: 12, HostKeysLeft: 2_000_000, KernelStarts: 1,
		BootDigest: sha256.Sum256([]byte("boot")), KernelDigest: sha256.Sum256([]byte("kernel")),
		PaymentDigest: sha256.Sum256([]byte("payment")), AppDigest: sha256.Sum256([]byte("app")),
		FIPS: true, FIPSModule: payment.FIPSModuleV100,
		Layers: mailbox.Layers{OwnUser: true, MountNamespace: true, PIDNamespace: true,
			NetworkNamespace: true, IPCNamespace: true, EmptyRoot: true, NoCapabilities: true,
			NoNewPrivileges: true, Landlock: true, Seccomp: true, NotDumpable: true, NoCore: true}}
	copy(d.TerminalID[:], "LANE0001")
	copy(d.MerchantID[:], "MERCHANT0000001")
	return d
}

// Approve is a whole chip-and-PIN sale, each step after pace.
func Approve(pace time.Duration) []Step {
	return append(toBank(pace), finish(pace)...)
}

// WrongPINThenApprove asks for the PIN twice.
func WrongPINThenApprove(pace time.Duration) []Step {
	again := Step{pace, func(v *mailbox.View) {
		v.Status, v.Stage, v.Attempt, v.Sent = payment.StatusAwaitingPIN, payment.StageWrongPIN, 2, false
		v.Receipt.ResponseCode = [2]byte{'5', '5'}
	}}
	steps := append(toBank(pace), again, Step{pace, contacting})
	return append(steps, finish(pace)...)
}

// Decline is a sale that the issuer refuses.
func Decline(pace time.Duration, why payment.Decline, code string) []Step {
	return append(toBank(pace), Step{pace, func(v *mailbox.View) {
		v.Status, v.Stage, v.Outcome = payment.StatusCompleted, payment.StageDeclined, payment.OutcomeDeclined
		v.Money, v.Decline = payment.MoneyNone, why
		copy(v.Receipt.ResponseCode[:], code)
	}})
}

// Resolve is a sale without an answer that is reversed; end says whether the
// reversal is ever acknowledged.
func Resolve(pace time.Duration, end bool) []Step {
	steps := append(toBank(pace), Step{pace, Resolving})
	if !end {
		return steps
	}
	return append(steps, Step{4 * pace, NotCharged})
}

// Resolving and the others below are single changes.
func Resolving(v *mailbox.View) {
	v.Status, v.Stage, v.Money = payment.StatusResolving, payment.StageReversing, payment.MoneyUnknown
	v.Sent, v.Failure = true, payment.FailureHostTimeout
}

// NotCharged ends a reversal.
func NotCharged(v *mailbox.View) {
	v.Status, v.Stage, v.Outcome = payment.StatusCompleted, payment.StageNone, payment.OutcomeNotCharged
	v.Money, v.Failure = payment.MoneyReleased, payment.FailureHostTimeout
}

// Canceled ends a payment before anything was sent.
func Canceled(v *mailbox.View) {
	v.Status, v.Stage, v.Outcome = payment.StatusCompleted, payment.StageRemoveCard, payment.OutcomeCanceled
	v.Money, v.Failure = payment.MoneyNone, payment.FailureCanceledByMerchant
}

// Approved is the last step of a sale at once.
func Approved(v *mailbox.View) {
	reading(v)
	for _, s := range finish(0) {
		s.Change(v)
	}
}

// Wait does nothing: a payment that waits for a card.
func Wait(mailbox.Start) []Step { return []Step{{time.Hour, func(*mailbox.View) {}}} }

func toBank(pace time.Duration) []Step {
	return []Step{
		{pace, reading},
		{pace, func(v *mailbox.View) { v.Status, v.Stage = payment.StatusAwaitingPIN, payment.StageEnterPIN }},
		{2 * pace, contacting},
	}
}

func reading(v *mailbox.View) {
	v.Status, v.Stage = payment.StatusReadingCard, payment.StageCardInserted
	card(v, payment.EntryModeChip, payment.CVMNone)
	v.Card.Sequence = 1
	chip(v)
}

func contacting(v *mailbox.View) {
	v.Status, v.Stage, v.Sent = payment.StatusAuthorizing, payment.StageContactingBank, true
	v.Money = payment.MoneyUnknown
	v.Receipt.STAN++
	v.Receipt.RRN++
}

func finish(pace time.Duration) []Step {
	return []Step{
		{pace, func(v *mailbox.View) { v.Status, v.Stage = payment.StatusFinalizingCard, payment.StageRemoveCard }},
		{pace, func(v *mailbox.View) {
			approve(0).Change(v)
			v.Receipt.CVM, v.Receipt.Completed = payment.CVMOnlinePIN, true
			v.Receipt.Cryptogram = payment.Cryptogram{0x9A, 0x1B, 0x44, 0xC0, 0x3E, 0x77, 0x21, 0x05}
			v.Receipt.TVR, v.Receipt.TSI = payment.TVR{0, 0, 4, 0, 0}, payment.TSI{0xE8, 0}
		}},
	}
}
