package payment

// Type is the kind of payment.
type Type uint8

// Values of Type.
const (
	TypeNone Type = iota
	TypeSale
	TypeRefund
	TypePreauth
	TypeCapture   // takes held money, whole or in parts
	TypeIncrement // holds more
	TypeVoid      // takes a payment back before its batch is closed
	TypeBalance   // asks the issuer; the cardholder alone is told
	typeEnd
)

// Valid reports whether it is a known value.
func (v Type) Valid() bool { return v < typeEnd }

// String is the name used in the HTTP interface.
func (v Type) String() string {
	return pick(v, "", "sale", "refund", "preauth", "capture", "increment", "void", "balance")
}

// Follows reports whether it can only continue another payment, without the card.
func (v Type) Follows() bool { return v == TypeCapture || v == TypeIncrement || v == TypeVoid }

// MarshalText writes the name; empty for none.
func (v Type) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// EntryMode is how the card was read.
type EntryMode uint8

// Values of EntryMode.
const (
	EntryModeNone EntryMode = iota
	EntryModeChip
	EntryModeContactless
	EntryModeSwipe
	EntryModeFallback
	EntryModeContactlessStripe
	EntryModeKeyed
	EntryModeStored // a card on file, by its token
	entryModeEnd
)

// Valid reports whether it is a known value.
func (v EntryMode) Valid() bool { return v < entryModeEnd }

// String is the name used in the HTTP interface.
func (v EntryMode) String() string {
	return pick(v, "", "chip", "contactless", "swipe", "fallback", "contactless_stripe", "keyed", "stored")
}

// AtCard reports whether a payment is complete only with the card's own word, the
// TC of its second GENERATE AC.
func (v EntryMode) AtCard() bool { return v == EntryModeNone || v == EntryModeChip }

// MarshalText writes the name; empty for none.
func (v EntryMode) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// CVM is the cardholder verification that was performed.
type CVM uint8

// Values of CVM.
const (
	CVMNone CVM = iota
	CVMOnlinePIN
	CVMOfflinePIN
	CVMSignature
	CVMDevice
	CVMNoCVM
	CVMFailed
	cVMEnd
)

// Valid reports whether it is a known value.
func (v CVM) Valid() bool { return v < cVMEnd }

// String is the name used in the HTTP interface.
func (v CVM) String() string {
	return pick(v, "none", "online_pin", "offline_pin", "signature", "device", "no_cvm", "failed")
}

// MarshalText writes the name; empty for none.
func (v CVM) MarshalText() ([]byte, error) { return []byte(v.String()), nil }
