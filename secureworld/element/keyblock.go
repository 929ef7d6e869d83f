package element

// KEKID names a key-exchange key of the element's key file.
type KEKID [4]byte

// InitialKeyID is that of a device: base derivation key id and derivation id (ANSI
// X9.24-3).
type InitialKeyID [8]byte

// CheckValue is the check value of an AES key: the first bytes of the CMAC of a zero
// block (ANSI X9.143, method 01).
type CheckValue [5]byte

// LoadKeyBlock opens a key block under the rules of the package comment and tells
// what it is. Nothing of it stays.
type LoadKeyBlock struct {
	KEK   KEKID
	Block []byte `max:"512"` // ASCII
}

// LoadedKey answers LoadKeyBlock.
type LoadedKey struct {
	Usage [2]byte // ASCII: B0 or P0
	Mode  byte    // ASCII: X, B or E
	Check CheckValue
}

// Derive makes the initial key of a device.
type Derive struct {
	KEK  KEKID  // protects Base and the answer
	Base []byte `max:"512"` // key block of a base derivation key; empty: the element's own of this id
	ID   InitialKeyID
}

// DerivedKey answers Derive.
type DerivedKey struct {
	Block []byte `max:"512"` // ASCII
	Check CheckValue
}

// TranslatePINUnder is TranslatePIN with keys that come along, one or both.
type TranslatePINUnder struct {
	KEK   KEKID
	Base  []byte `max:"512"` // key block of the base derivation key; empty: the element's own
	Zone  []byte `max:"512"` // key block of the zone's key; empty: the element's own
	KSN   KSN
	Block PINBlock
	PAN   []byte `max:"19"` // ASCII digits
}

// OpenAccountUnder is OpenAccount with a base derivation key that comes along.
type OpenAccountUnder struct {
	KEK    KEKID
	Base   []byte `max:"512"` // key block
	KSN    KSN
	Sealed []byte `max:"192"`
}
