package contactless

import "github.com/strongroom-pos/strongroom/reader/emv"

// A StartPoint is where Entry Point begins (Book B, clause 3.1).
type StartPoint byte

// The start points.
const (
	StartNone StartPoint = 0
	StartA    StartPoint = 'A' // pre-processing
	StartB    StartPoint = 'B' // protocol activation
	StartC    StartPoint = 'C' // combination selection
	StartD    StartPoint = 'D' // kernel activation
)

// Indicators are what pre-processing found for one combination (Book B, clause
// 3.1.1).
type Indicators struct {
	StatusCheckRequested bool
	NotAllowed           bool // contactless application not allowed
	ZeroAmount           bool
	CVMRequired          bool // reader CVM required limit reached or exceeded
	FloorLimitExceeded   bool // reader contactless floor limit exceeded
}

// An Activation starts a kernel.
type Activation struct {
	Order      emv.Order
	KernelID   []byte // 9F2A as requested, or the RID's default
	AID        []byte // of the ADF that was selected
	FCI        []byte // the answer to the final SELECT without its status word
	SW         uint16 // of the final SELECT
	Start      StartPoint
	Restart    bool // the reader has activated Entry Point again after a final outcome
	Again      bool // the kernel asked for the card again (try again) in this activation
	TTQ        [4]byte
	HasTTQ     bool
	Indicators Indicators
	Host       *emv.HostAnswer // on a restart with the host's answer
	Torn       *TornLog        // kernel 2: shared between transactions; nil keeps none
	Entropy    [][4]byte       // kernel 2: for further exchanges of relay resistance, never used before
	Spent      bool            // kernel 2: the order's number was used in such an exchange before
}

// A Kernel takes one combination from its activation to an outcome. It does no
// input or output; Next works as that of emv.Transaction: emv.Start first, then
// what its last action asked for. Account data leave by AccountTLV only, for
// sealing.
type Kernel interface {
	// Next takes what happened and returns what to do: ActionTransmit, or
	// ActionFinish with Outcome set.
	Next(in emv.Input) Step
	// AccountTLV appends the account data and nothing else, for sealing: at
	// most AccountRoom bytes.
	AccountTLV(dst []byte) []byte
	// HostTLV appends the data for DE 55: an allow-list without account data,
	// at most 255 bytes.
	HostTLV(dst []byte) []byte
	// Wipe clears all that the card sent.
	Wipe()
}

// AccountRoom is what AccountTLV may append at most: 57, 5A, 5F24, 5F34, 56 and
// 9F6B with their tags.
const AccountRoom = 192

// A Step is what a kernel wants next: a command, or its outcome.
type Step struct {
	Command []byte   // nil at the outcome; belongs to the kernel, overwritten by the next call
	Outcome *Outcome // nil before the outcome
}

// A NewKernel makes the kernel for an activation. Kernels come with their own
// configuration.
type NewKernel func(Activation) (Kernel, error)
