package mailbox

import "github.com/strongroom-pos/strongroom/secureworld/payment"

// Description is what the secure world tells of itself. Every statement is
// about what is in force, not about what was asked for.
type Description struct {
	State      payment.TerminalState
	TerminalID payment.TerminalID
	MerchantID payment.MerchantID
	Currency   payment.Currency
	MaxAmount  payment.Amount
	Batch      payment.Batch
	Busy       payment.ID // the payment in progress, zero if none

	ReaderConnected bool
	PINPadConnected bool
	HostSignedOn    bool
	HostRefusal     payment.HostRefusal // why the acquirer refused the last sign-on
	CardPresent     bool

	Isolation        payment.Isolation
	Accelerator      payment.Accelerator // of a virtual machine
	MemoryProtection payment.MemoryProtection
	StorageRoot      payment.StorageRoot
	Layers           Layers
	LandlockABI      uint8
	AppMeasured      bool // false: container or TCP, the client certificate counts instead
	PreemptionOff    bool // Go's asynchronous preemption, whose signals save registers
	FIPS             bool // Go's FIPS 140-3 module is in force
	FIPSEnforced     bool // and what is not approved is refused
	FIPSModule       payment.FIPSModule
	AttestedByTPM    bool // false: everything here is self-reported

	KernelVersion uint32
	BootDigest    payment.Digest
	KernelDigest  payment.Digest
	PaymentDigest payment.Digest // the payment application
	SystemDigest  payment.Digest // what its virtual machine started from; zero without one
	AppDigest     payment.Digest // the app world's executable as boot measured it

	ParametersVersion uint32         // the signed parameters in force
	ParametersDigest  payment.Digest // SHA-256 of their body

	JournalHead   payment.Digest
	JournalLength payment.Count

	HostKeysLeft     uint32 // DUKPT transactions left on the terminal's host key
	PendingReversals uint32
	OldestReversal   uint32 // seconds
	NeedsAttention   bool   // a reversal has failed six times
	FramesRefused    payment.Count
	EnvelopesRefused payment.Count
	LateAnswers      payment.Count
	BadMACs          payment.Count
	KernelStarts     uint32
}

// Layers are the layers of the sandbox that are in force, each tested at start.
type Layers struct {
	OwnUser          bool
	UserNamespace    bool
	PIDNamespace     bool
	MountNamespace   bool
	NetworkNamespace bool
	IPCNamespace     bool
	EmptyRoot        bool
	NoCapabilities   bool
	NoNewPrivileges  bool
	Landlock         bool
	Seccomp          bool
	NotDumpable      bool
	NoCore           bool
}
