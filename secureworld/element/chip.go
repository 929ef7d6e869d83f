package element

// VerifyARQC verifies a card's cryptogram and makes the issuer's answer to it.
type VerifyARQC struct {
	PAN  []byte `max:"19"` // ASCII digits
	PSN  uint8  // 5F34, two BCD digits
	ATC  [2]byte
	UN   [4]byte // 9F37, for DeriveUnpredictable; zeros for others
	Data []byte  `max:"512"` // what the card's MAC covers
	ARQC Cryptogram

	Derivation Derivation
	Method     Method
	ARC        [2]byte // method 1: authorisation response code, tag 8A, or the scheme's own
	CSU        [4]byte // method 2: card status update
}

// Derivation is how a cryptogram's key comes from the card's, and with it the
// padding and the key of the answer.
type Derivation uint8

// Derivations, with the schemes' cryptogram versions as they are numbered in
// 9F10 (hexadecimal).
const (
	// DeriveNone: no session key, padding method 1; answered by method 1 under the
	// card key. Visa 0A and 11.
	DeriveNone Derivation = 0
	// DeriveCommon: EMV common session key of the ATC, padding method 2; answered
	// under the session key. Visa 12 and 22, M/Chip 14 and 15.
	DeriveCommon Derivation = 1
	// DeriveUnpredictable: session key of ATC and unpredictable number, padding
	// method 2; answered by method 1 under the card key. M/Chip 10 and 11.
	DeriveUnpredictable Derivation = 2
)

// Valid checks the range.
func (d Derivation) Valid() bool { return d <= DeriveUnpredictable }

// Method is how the issuer answers a cryptogram (EMV 4.4 Book 2, 8.2).
type Method uint8

// The methods.
const (
	MethodNone Method = 0 // verified only: a contactless card has left
	Method1    Method = 1 // ARPC (8) ‖ ARC (2)
	Method2    Method = 2 // ARPC (4) ‖ CSU (4); DeriveCommon only
)

// Valid checks the range.
func (m Method) Valid() bool { return m <= Method2 }

// IssuerAuthentication answers VerifyARQC: the value of tag 91, empty for
// MethodNone.
type IssuerAuthentication struct {
	Data []byte `max:"16"`
}

// ScriptMAC makes the MAC of the one command of an issuer script. The element
// authenticates no other: INS of the header is one of APPLICATION BLOCK and
// UNBLOCK, CARD BLOCK, PIN UNBLOCK (without a PIN), UPDATE RECORD and PUT DATA,
// and the header's length is that of the data and of the MAC.
type ScriptMAC struct {
	PAN    []byte `max:"19"` // ASCII digits
	PSN    uint8  // 5F34, two BCD digits
	ATC    [2]byte
	ARQC   Cryptogram // of the transaction
	Header [5]byte    // CLA, INS, P1, P2, Lc
	Data   []byte     `max:"96"` // without the MAC; MaxScriptData

	Messaging Messaging
}

// Messaging is how the key of a script's MAC comes from the card's.
type Messaging uint8

// The kinds of messaging.
const (
	MessagingVisa   Messaging = 0 // card key XOR ATC and its complement: Visa 0A, 11 and 12
	MessagingCommon Messaging = 1 // EMV common session key of the cryptogram: Visa 22, M/Chip
)

// Valid checks the range.
func (m Messaging) Valid() bool { return m <= MessagingCommon }
