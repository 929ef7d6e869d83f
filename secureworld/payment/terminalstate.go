package payment

// TerminalState is the state of the whole lane as the secure world sees it.
type TerminalState uint8

// Values of TerminalState.
const (
	TerminalStateBooting TerminalState = iota
	TerminalStateReady
	TerminalStateBusy
	TerminalStateReversalMode // reversals go before new payments
	TerminalStateOffline      // the acquirer cannot be reached
	TerminalStateTampered
	TerminalStateKeyExhausted
	TerminalStateNeedsAttention
	TerminalStateReaderUnavailable
	TerminalStatePINPadUnavailable
	terminalStateEnd
)

// Valid reports whether it is a known value.
func (v TerminalState) Valid() bool { return v < terminalStateEnd }

// String is the name used in the HTTP interface.
func (v TerminalState) String() string {
	return pick(v, "booting", "ready", "busy", "reversal_mode", "offline", "tampered", "key_exhausted", "needs_attention", "reader_unavailable", "pinpad_unavailable")
}

// MarshalText writes the name; empty for none.
func (v TerminalState) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Isolation is the level at which the secure world runs.
type Isolation uint8

// Values of Isolation.
const (
	IsolationNone Isolation = iota
	IsolationProcess
	IsolationContainer
	IsolationVM
	isolationEnd
)

// Valid reports whether it is a known value.
func (v Isolation) Valid() bool { return v < isolationEnd }

// String is the name used in the HTTP interface.
func (v Isolation) String() string {
	return pick(v, "none", "process", "container", "vm")
}

// MarshalText writes the name; empty for none.
func (v Isolation) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Accelerator is what runs the virtual machine of IsolationVM.
type Accelerator uint8

// Values of Accelerator.
const (
	AcceleratorNone Accelerator = iota // there is no virtual machine
	AcceleratorEmulated
	AcceleratorKVM
	acceleratorEnd
)

// Valid reports whether it is a known value.
func (v Accelerator) Valid() bool { return v < acceleratorEnd }

// String is the name used in the HTTP interface.
func (v Accelerator) String() string { return pick(v, "none", "emulated", "kvm") }

// MarshalText writes the name; empty for none.
func (v Accelerator) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// MemoryProtection is what guards the memory of keys and of trusted applications.
type MemoryProtection uint8

// Values of MemoryProtection.
const (
	MemoryProtectionNone   MemoryProtection = iota
	MemoryProtectionLocked                  // a scraper run by root can read them
	MemoryProtectionSecret
	memoryProtectionEnd
)

// Valid reports whether it is a known value.
func (v MemoryProtection) Valid() bool { return v < memoryProtectionEnd }

// String is the name used in the HTTP interface.
func (v MemoryProtection) String() string {
	return pick(v, "none", "locked_pages", "memfd_secret")
}

// MarshalText writes the name; empty for none.
func (v MemoryProtection) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// StorageRoot is what guards the storage root key.
type StorageRoot uint8

// Values of StorageRoot.
const (
	StorageRootNone StorageRoot = iota
	StorageRootFile
	StorageRootPassphrase
	StorageRootTPM
	storageRootEnd
)

// Valid reports whether it is a known value.
func (v StorageRoot) Valid() bool { return v < storageRootEnd }

// String is the name used in the HTTP interface.
func (v StorageRoot) String() string {
	return pick(v, "none", "file", "passphrase", "tpm")
}

// MarshalText writes the name; empty for none.
func (v StorageRoot) MarshalText() ([]byte, error) { return []byte(v.String()), nil }
