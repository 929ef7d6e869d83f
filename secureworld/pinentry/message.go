package pinentry

import "github.com/strongroom-pos/strongroom/secureworld/orderauth"

// Kinds of frame.
const (
	KindHello     byte = 0x01
	KindKeyLoaded byte = 0x02
	KindEntered   byte = 0x03
	KindFailed    byte = 0x04

	KindEnciphered byte = 0x05
	KindChosen     byte = 0x06
	KindKeyed      byte = 0x07
	KindConfirmed  byte = 0x08

	KindWelcome  byte = 0x81
	KindLoadKey  byte = 0x82
	KindEnterPIN byte = 0x83
	KindStop     byte = 0x84
	KindShow     byte = 0x85

	KindEncipherPIN byte = 0x86
	KindChoose      byte = 0x87
	KindKeyCard     byte = 0x88
	KindConfirm     byte = 0x89
)

// OrderID is that of the card reading which the PIN belongs to.
type OrderID [16]byte

// KeyID is the initial key id (BDK id and derivation id) of a PIN key.
type KeyID [8]byte

// Hello opens a session.
type Hello struct {
	Device orderauth.DeviceID
	Nonce  orderauth.Nonce
	Key    KeyID // of the PIN key that is loaded, zero if none
}

// Welcome answers Hello.
type Welcome struct{ Device orderauth.DeviceID }

// LoadKey brings the acquirer's PIN key, readable by the PIN pad alone.
type LoadKey struct {
	Block []byte `max:"256"`
}

// KeyLoaded answers LoadKey. Refused leaves the old key in force.
type KeyLoaded struct {
	Refused bool
	Key     KeyID
	KCV     [5]byte // AES-CMAC of a zero block, first five bytes
}

// EnterPIN orders the PIN pad to take a PIN.
type EnterPIN struct {
	Order          OrderID
	Attempt        uint8 // over 1: the last PIN was wrong, say so
	Amount         uint64
	Currency       uint16
	Exponent       uint8
	TimeoutSeconds uint16
	Counter        uint64
	SealedPAN      [MaxPAN + 16]byte
}

// Entered brings the PIN block.
type Entered struct {
	Order OrderID
	KSN   [12]byte
	Block [16]byte
}

// EncipherPIN orders the PIN pad to take a PIN and to encipher it for the card
// (EMV 4.4 Book 2, clause 7.2). The key was recovered by the payment application
// from the card's certificates: a reader cannot name one.
type EncipherPIN struct {
	Order          OrderID
	Tries          uint8 // left at the card; UnknownTries where it does not say
	Again          bool  // the last PIN was wrong, say so
	Amount         uint64
	Currency       uint16
	Exponent       uint8
	TimeoutSeconds uint16
	Challenge      [8]byte // the card's unpredictable number
	Modulus        []byte  `max:"248"`
	PublicExponent []byte  `max:"3"`
}

// UnknownTries of EncipherPIN.
const UnknownTries = 0xFF

// Enciphered brings the data of VERIFY, readable by the card alone.
type Enciphered struct {
	Order OrderID
	Data  []byte `max:"248"`
}

// Choose asks the cardholder to choose an application, or to confirm the only
// one.
type Choose struct {
	Order          OrderID
	Amount         uint64
	Currency       uint16
	Exponent       uint8
	TimeoutSeconds uint16
	Count          uint8 // 1 to Choices
	Confirm        bool
	Labels         [Choices * LabelSize]byte // printable ASCII, zeros behind
}

// Sizes of Choose.
const (
	Choices   = 8
	LabelSize = 16
)

// Chosen answers Choose: 1 is the first label, 0 means none of them. What is above
// the Count that was asked is a violation of the door.
type Chosen struct {
	Order  OrderID
	Choice uint8
}

// KeyCard orders the PIN pad to take a card number, its expiry date and its
// verification code by key (mail and telephone orders).
type KeyCard struct {
	Order          OrderID
	Amount         uint64
	Currency       uint16
	Exponent       uint8
	TimeoutSeconds uint16
	Counter        uint64 // as in EnterPIN
}

// Keyed brings what was keyed, sealed for the payment application.
type Keyed struct {
	Order  OrderID
	Sealed [KeyedSize + 16]byte
}

// Confirm asks a person to confirm, with a key of the PIN pad, that the amount on its
// own display is given back to a card. A terminal that was taken over has no such key.
type Confirm struct {
	Order          OrderID
	Amount         uint64
	Currency       uint16
	Exponent       uint8
	TimeoutSeconds uint16
}

// Confirmed answers Confirm. A no is Failed.
type Confirmed struct{ Order OrderID }

// Failed says that there will be no PIN.
type Failed struct {
	Order OrderID
	Code  Code
}

// Code of Failed.
type Code uint8

// Codes of failure.
const (
	CodeNone Code = iota
	CodeTimeout
	CodeCanceled // by the cardholder
	CodeBypassed
	CodeNoKey
	CodeKeyExhausted
	CodeInternal
	codeEnd
)

// Valid reports whether c is known.
func (c Code) Valid() bool { return c < codeEnd }

// Stop ends an entry.
type Stop struct{ Order OrderID }

// Show puts one of the fixed texts on the display.
type Show struct {
	Text     Text
	Amount   uint64 // of TextBalance; else 0
	Currency uint16
	Exponent uint8
}

// Text is one of the PIN pad's fixed display texts.
type Text uint8

// Texts.
const (
	TextWelcome Text = iota
	TextApproved
	TextDeclined
	TextNotCharged
	TextPleaseWait
	TextRemoveCard
	TextOutOfService
	TextBalance // with the amount that the card may still spend
	textEnd
)

// Valid reports whether t is known.
func (t Text) Valid() bool { return t < textEnd }
