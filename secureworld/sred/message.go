package sred

import "github.com/strongroom-pos/strongroom/secureworld/orderauth"

// Kinds of frame.
const (
	KindHello    byte = 0x01
	KindProgress byte = 0x02
	KindVerify   byte = 0x03
	KindOnline   byte = 0x04
	KindFinished byte = 0x05
	KindFailed   byte = 0x06

	KindVerifyOffline byte = 0x07
	KindChoose        byte = 0x08
	KindConfigured    byte = 0x09

	KindWelcome byte = 0x81
	KindTake    byte = 0x82
	KindPINDone byte = 0x83
	KindAnswer  byte = 0x84
	KindStop    byte = 0x85
	KindShow    byte = 0x86

	KindChosen    byte = 0x87
	KindConfigure byte = 0x88
)

// OrderID names one reading of a card: drawn by the secure world, new for each
// attempt.
type OrderID [16]byte

// Hello opens a session.
type Hello struct {
	Device orderauth.DeviceID
	Nonce  orderauth.Nonce // the orders of this session are bound to it
	Ready  bool            // a PC/SC reader is attached
}

// Welcome answers Hello.
type Welcome struct{ Device orderauth.DeviceID }

// Take orders the reader to take a card. All values go into the cryptogram.
type Take struct {
	Order           OrderID
	Attempt         uint8
	Amount          uint64 // minor units, at most n 12; 9F02
	Other           uint64 // of Amount: cash; 9F03
	Currency        uint16 // ISO 4217 numeric; 5F2A
	Exponent        uint8  // 5F36
	Country         uint16 // ISO 3166 numeric; 9F1A
	Date            [3]byte
	Time            [3]byte // BCD, local; 9A and 9F21
	TransactionType uint8   // 9C
	Unpredictable   [4]byte // 9F37; the entropy of the first relay resistance exchange too
	TimeoutSeconds  uint16
	Interfaces      Interfaces
	Entropy         [EntropySize]byte // of further exchanges, four bytes each, in their order
}

// EntropySize is eight numbers: three exchanges of three taps, of which the first
// takes Unpredictable.
const EntropySize = 8 * 4

// Interfaces is the set of interfaces that an order opens.
type Interfaces uint8

// Interfaces of a reader. Stripe alone is for people whose chip has failed
// elsewhere; with Chip it is offered after real chip failures only, or to cards
// without a chip.
const (
	InterfaceChip Interfaces = 1 << iota
	InterfaceContactless
	InterfaceStripe
	interfacesEnd
)

// Valid reports whether i is a set of known interfaces.
func (i Interfaces) Valid() bool { return i < interfacesEnd }

// Has reports whether the set holds all of other.
func (i Interfaces) Has(other Interfaces) bool { return i&other == other }

// Progress tells what happens at the reader; it changes nothing but prompts.
type Progress struct {
	Order OrderID // zero while idle
	Stage Stage
}

// Stage of Progress.
type Stage uint8

// Stages that a reader reports.
const (
	StageNone Stage = iota
	StageReaderReady
	StageReaderLost
	StageCardPresent // while idle: a card lies in the slot and must go first
	StageCardGone
	StageCardInserted
	StageReading
	StageRemoveCard
	StageTapped        // a card in the field
	StageSwiped        // a stripe was read
	StageUseChip       // swiped, but the card has a chip
	StageUseStripe     // the chip has failed for good: fallback
	StageInsertOrSwipe // not over this interface
	StageTapAgain      // the card left too early
	StageSeePhone      // the phone wants its owner's consent
	StageOneCardOnly   // several cards in the field
	StageReadAgain     // a chip or stripe could not be read: once more
	StageChoosing      // the cardholder chooses an application
	stageEnd
)

// Valid reports whether s is known.
func (s Stage) Valid() bool { return s < stageEnd }

// Verify asks that the cardholder be verified by online PIN.
type Verify struct {
	Order    OrderID
	Envelope Envelope
}

// PINDone tells the reader how the PIN entry ended. It never carries a PIN.
type PINDone struct {
	Order      OrderID
	Result     PINResult
	Enciphered []byte `max:"248"` // the data of VERIFY, with PINEnciphered alone
}

// PINResult of PINDone.
type PINResult uint8

// Results of PIN entry.
const (
	PINEntered PINResult = iota
	PINBypassed
	PINFailed // time-out, cancel or no working PIN pad
	PINEnciphered
	PINKeyRefused // the card's certificates do not verify: nobody was asked
	pinResultEnd
)

// Valid reports whether r is known.
func (r PINResult) Valid() bool { return r < pinResultEnd }

// VerifyOffline asks for a PIN enciphered for the card (EMV 4.4 Book 2, clause 7).
// It may come again within an order, while the card has tries left.
type VerifyOffline struct {
	Order    OrderID
	Tries    uint8 // left at the card; UnknownTries where it does not say
	Envelope ChainEnvelope
}

// UnknownTries of VerifyOffline.
const UnknownTries = 0xFF

// Choose asks the cardholder to choose an application, or to confirm the only
// one. Labels are the cards' own words: printable, without long runs of digits.
type Choose struct {
	Order   OrderID
	Count   uint8 // 1 to Choices
	Confirm bool  // there is one, which is not taken without consent
	Labels  [Choices * LabelSize]byte
}

// Sizes of Choose.
const (
	Choices   = 8
	LabelSize = 16
)

// Chosen answers Choose: 1 is the first label, 0 means none of them. What is above
// its Count is a violation of the door.
type Chosen struct {
	Order  OrderID
	Choice uint8
}

// Configure brings the signed parameters. The reader takes no card before.
type Configure struct {
	Version  uint32
	Document []byte `max:"60000"`
}

// Configured answers Configure with the digest of the document as it came.
type Configured struct {
	Version uint32
	Digest  [32]byte // SHA-256
	Refused bool     // not understood: the reader stays out of service
}

// Online brings the data of the first GENERATE AC.
type Online struct {
	Order    OrderID
	Envelope Envelope
}

// Answer brings the host's word to the card.
type Answer struct {
	Order      OrderID
	Result     HostResult
	ARC        [2]byte // 8A
	IssuerAuth []byte  `max:"16"`  // value of 91
	Scripts    []byte  `max:"512"` // templates 71 and 72 as received
}

// HostResult of Answer.
type HostResult uint8

// Results of going online.
const (
	HostApproved HostResult = iota
	HostDeclined
	HostUnable
	hostResultEnd
)

// Valid reports whether r is known.
func (r HostResult) Valid() bool { return r < hostResultEnd }

// Finished tells how the card ended a transaction. Its data are not secret and
// none of them is account data; a list of what may appear stands in emv.
type Finished struct {
	Order      OrderID
	Result     CardResult
	Cryptogram [8]byte // 9F26 of the second GENERATE AC, or of an offline decline
	TVR        [5]byte
	TSI        [2]byte
	IAD        []byte `max:"32"` // 9F10 beside it; of a TC without the host the issuer wants it
	Scripts    []byte `max:"25"` // 9F5B: five bytes for each script of Answer that was run or refused
}

// CardResult of Finished.
type CardResult uint8

// Results of a transaction at the card.
const (
	CardApproved CardResult = iota // TC
	CardDeclined                   // AAC
	CardNotAsked                   // left before the host answered, as it may: stripe, contactless, refund
	cardResultEnd
)

// Valid reports whether r is known.
func (r CardResult) Valid() bool { return r < cardResultEnd }

// Failed ends an order without a result.
type Failed struct {
	Order OrderID
	Code  Code
}

// Code of Failed.
type Code uint8

// Codes of failure.
const (
	CodeNone        Code = iota
	CodeTimeout          // no card in time
	CodeStopped          // the order was stopped before the card gave its word
	CodeCardRemoved      // pulled
	CodeCardError        // nonsense
	CodeNotAccepted      // no common application, or the card is blocked
	CodeReaderLost
	CodeKeyExhausted
	CodeUseChip // the stripe of a chip card, and no chip came
	CodeNoParameters
	CodeInternal
	CodeNotPayment // a card that the signed whitelist names; nothing of it is told
	codeEnd
)

// Valid reports whether c is known.
func (c Code) Valid() bool { return c < codeEnd }

// Stop ends an order, as soon as the card can be left.
type Stop struct{ Order OrderID }

// Show puts one of the fixed texts on the reader's display.
type Show struct{ Text Text }

// Text is one of the reader's fixed display texts. No text of the app world can
// appear where a PIN may follow.
type Text uint8

// Texts.
const (
	TextWelcome Text = iota
	TextApproved
	TextDeclined
	TextNotCharged
	TextWrongPIN
	TextRemoveCard
	TextPleaseWait
	TextOutOfService
	textEnd
)

// Valid reports whether t is known.
func (t Text) Valid() bool { return t < textEnd }
