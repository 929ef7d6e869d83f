package element

// KeyFile is an element's key file, JSON: ANSI X9.143 version D key blocks under
// the element's key block protection key. It holds no key in clear.
type KeyFile struct {
	Keys []KeyEntry `json:"keys"`
}

// KeyEntry is one key with its slot.
type KeyEntry struct {
	Slot  Slot   `json:"slot"`
	Block string `json:"block"`
	// BDKID is the first four bytes of the KSNs under this base derivation key, 8
	// hex digits; for SlotTerminalBDK and SlotPINBDK, which may occur more than
	// once with different ids.
	BDKID string `json:"bdk_id,omitempty"`
	// KEKID is the KEKID of a key-exchange key, 8 hex digits; for SlotKeyExchange,
	// which may occur more than once with different ids.
	KEKID string `json:"kek_id,omitempty"`
	// Decimalisation is the table of this key, 16 digits; for SlotPVK.
	Decimalisation string `json:"decimalisation,omitempty"`
}

// Slot names what a key is for. Usage, algorithm and mode of its block are fixed.
type Slot string

// Slots, with usage, algorithm, mode and length of their key blocks.
const (
	SlotTerminalBDK  Slot = "bdk.terminal"  // B0 A X, 32 bytes: data and MAC of terminals
	SlotPINBDK       Slot = "bdk.pin"       // B0 A X, 32 bytes: PIN blocks of PIN pads
	SlotZonePIN      Slot = "zone.pin"      // P0 A B, 32 bytes: PIN blocks towards the issuer
	SlotIssuerAC     Slot = "imk.ac"        // E0 T X, 16 bytes: cards' application cryptograms
	SlotPVK          Slot = "pvk"           // V1 T C, 16 bytes: IBM 3624 PIN verification
	SlotPANReference Slot = "pan.reference" // M6 A C, 32 bytes: keyed references of PANs
	SlotIssuerSMI    Slot = "imk.smi"       // E2 T X, 16 bytes: MACs of script commands
	SlotIssuerCVC3   Slot = "imk.cvc3"      // E4 T X, 16 bytes: dynamic codes of contactless stripes
	SlotCVK          Slot = "cvk"           // C0 T C, 16 bytes: card verification values
	SlotKeyExchange  Slot = "kek"           // K1 A B, 32 bytes: protects key blocks on their way; may be missing
)
