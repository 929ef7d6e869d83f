package transaction

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// Config is fixed for the life of a Core.
type Config struct {
	TerminalID  payment.TerminalID
	MerchantID  payment.MerchantID
	Currency    payment.Currency
	Country     uint16 // ISO 3166, numeric
	MaxAmount   payment.Amount
	PINAttempts uint8
	Zone        *time.Location // local time of receipts and of the card

	ReaderKey [8]byte // initial key id of the reader

	Parameters      uint32          // version of the signed parameters
	Interfaces      sred.Interfaces // that orders open
	Keyed           bool            // cards may be keyed in
	FallbackPerHour int             // stripes of chip cards, of all cards together
	FallbackPerCard int             // and of one card
	RefundLimit     payment.Amount  // of a refund that no payment is named for; 0: there are none
	RefundPerDay    payment.Amount  // of all of them
	OfflineLimit    payment.Amount  // of a payment without the host; 0: there are none
	OfflineSum      payment.Amount  // of all that the host was not told of
	OfflineCount    int             // how many these may be
	OfflineAge      time.Duration   // and how old

	// HostKeysLeft is how many messages the host key is still good for; nil: not
	// counted.
	HostKeysLeft func() uint32
	// HostKeyID is the id of the host key in use; nil: it is never replaced.
	HostKeyID func() [8]byte

	CardWait   time.Duration
	PINWait    time.Duration
	HostWait   time.Duration
	FinishWait time.Duration // for the card's completion after the host's answer
	WorkWait   time.Duration // for an operation of the payment application
}

// Limits of the core.
const (
	// Kept is how many completed payments can still be asked for: some days of a
	// busy lane, at some 400 bytes each.
	Kept = 20_000
	// Slack is what a device gets beyond the time that it was told, before the
	// secure world stops waiting for it.
	Slack = 5 * time.Second
	// FirstBackoff and MaxBackoff bound the repeats of a reversal.
	FirstBackoff = time.Second
	MaxBackoff   = 5 * time.Minute
	// MaxAdvices bounds what waits for the host: issuers send few scripts, and more
	// than these mean that it takes no advices at all.
	MaxAdvices = 64
	// MaxOutbox bounds what the host must still be told: some 3 KiB each, and a
	// terminal that sells needs the host anyway.
	MaxOutbox = 1000
	// MaxNumbers is how many numbers a batch may have, so that none is used twice in
	// it: all, less what the settlement itself needs.
	MaxNumbers = 999_000
	// MaxItems bounds a batch.
	MaxItems = 100_000
	// MaxDifferences is how many differences of a batch are named.
	MaxDifferences = 1000
	// KeptBatches is how many closed batches can still be asked for.
	KeptBatches = 100
	// AttentionAfter is how many repeats it takes until people are called.
	AttentionAfter = 6
	// EchoAfter is the silence after which the host is asked for an echo.
	EchoAfter = 30 * time.Second
	// FinalVersion is the version of every completed payment, so that a view from
	// before a restart is never taken for the newer one.
	FinalVersion = 1 << 20
	// recoveredVersion is above what a payment reaches before a restart.
	recoveredVersion = 1 << 10
	// maxPrompted is the version up to which a reader's prompts make new ones, so
	// that a reader which never stops cannot use them up.
	maxPrompted = recoveredVersion / 2
	// HostKeysKept is what of the host key no payment may use: sign-ons, echoes and
	// advices go on with it, so that what is pending is reversed and another key can be
	// loaded.
	HostKeysKept = 1000
	// MaxMissedEchoes ends a connection that no longer answers.
	MaxMissedEchoes = 2
)
