package call

import (
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
)

// Limits of the variable parts.
const (
	// MaxFrame bounds a host message (see hostspec: some 1,200 bytes at most).
	MaxFrame = 2048
	// MaxNetworkFrame bounds a sign-on: its evidence may fill the link's longest
	// message.
	MaxNetworkFrame = 4096
	// SealedPANSize is 19 digits and the tag.
	SealedPANSize = 19 + 16
	// MaxCardNames is the number of applications beside this one, at most.
	MaxCardNames       = 7
	CardNameSize       = 32
	CardIdentifierSize = 16
)

// Terms are what the secure world ordered and issued for one attempt. They go
// into the host message, and the card's data must agree with them.
type Terms struct {
	Type            payment.Type
	Amount          payment.Amount
	Currency        payment.Currency
	TransactionType uint8   // 9C
	Date            [3]byte // YYMMDD, BCD, local; 9A
	Time            [3]byte // hhmmss, BCD, local
	Transmission    [5]byte // MMDDhhmmss, BCD, GMT; DE 7
	Unpredictable   [4]byte // 9F37
	STAN            payment.STAN
	RRN             payment.RRN
	Batch           payment.Batch
	TerminalID      payment.TerminalID
	MerchantID      payment.MerchantID
	Tip             payment.Amount // of Amount
	Cashback        payment.Amount // of Amount; 9F03
	Partial         bool           // less than Amount may be approved
	Store           bool           // the acquirer keeps the card under its token
	Offline         bool           // approved by the card alone: an advice, no request
}

// PreparePIN opens envelope 1 and seals its PAN to the PIN pad.
type PreparePIN struct {
	Envelope [contents.SealedSize]byte
}

// PINPrepared answers PreparePIN.
type PINPrepared struct {
	SealedPAN [SealedPANSize]byte
}

// VerifyChain opens a chain envelope and verifies the card's certificates, so that
// a PIN is enciphered under no key but the card's.
type VerifyChain struct {
	Date     [3]byte // YYMMDD, BCD
	Envelope [contents.SealedChainSize]byte
}

// ChainVerified answers VerifyChain.
type ChainVerified struct {
	Modulus   []byte  `max:"248"`
	Exponent  []byte  `max:"3"`
	Challenge [8]byte // the card's unpredictable number
}

// CAKeyQuestion is what HostCAKey reads: registered application provider and index.
type CAKeyQuestion struct {
	RID   [5]byte
	Index uint8
}

// CAKeyAnswer is what HostCAKey writes: a certification authority's key from the
// signed parameters, and the serial numbers that are revoked under it.
type CAKeyAnswer struct {
	Expiry   [3]byte
	Check    [20]byte
	Exponent []byte `max:"3"`
	Modulus  []byte `max:"248"`
	Revoked  []byte `max:"192"` // three bytes each
}

// MaxCAKeyAnswer is the room that HostCAKey needs.
const MaxCAKeyAnswer = 3 + 20 + 2 + 3 + 2 + 248 + 2 + 192

// KeyedSealedSize is a keyed card (package pinentry) and its tag.
const KeyedSealedSize = 27 + 16

// AuthoriseKey opens what was keyed in at the PIN pad and builds the three host
// messages.
type AuthoriseKey struct {
	Terms       Terms
	Sealed      [KeyedSealedSize]byte
	KSNRequest  [12]byte
	KSNReversal [12]byte
	KSNRepeat   [12]byte
}

// Authorise opens envelope 2, checks it and builds the three host messages.
type Authorise struct {
	Terms       Terms
	Envelope    [contents.SealedSize]byte
	HasPIN      bool
	OfflinePIN  bool // a PIN was enciphered for the card
	PINKSN      [12]byte
	PINBlock    [16]byte
	KSNRequest  [12]byte
	KSNReversal [12]byte
	KSNRepeat   [12]byte
}

// Authorised answers Authorise.
type Authorised struct {
	Token      payment.Token
	Masked     payment.MaskedPAN
	Brand      payment.Brand
	Entry      payment.EntryMode // EntryModeChip alone is completed at the card
	Sequence   uint8
	AID        payment.AID
	Label      payment.Label
	Cryptogram payment.Cryptogram
	TVR        payment.TVR
	CVM        payment.CVM
	Request    []byte `max:"2048"` // 0100 or 0200; none of what is only told
	Reversal   []byte `max:"2048"` // 0420, reason unknown outcome; 0220 of what is told
	Repeat     []byte `max:"2048"` // 0421; 0221
}

// Complete builds the 0220 and 0221 of a payment that the card has approved by itself.
type Complete struct {
	Terms       Terms
	Cryptogram  payment.Cryptogram // TC
	TVR         payment.TVR
	IAD         []byte `max:"32"` // 9F10; empty: as before
	KSNReversal [12]byte
	KSNRepeat   [12]byte
}

// CheckAnswer verifies an 0210 and reads it. It needs no earlier call, so that a
// late answer can be checked too.
type CheckAnswer struct {
	Terms Terms
	KSN   [12]byte
	Frame []byte `max:"2048"`
}

// Answered answers CheckAnswer.
type Answered struct {
	Response   payment.ResponseCode
	Decline    payment.Decline // DeclineNone where the host approved
	Approved   bool
	Amount     payment.Amount // what was approved
	Approval   payment.ApprovalCode
	HasBalance bool           // of a balance inquiry
	Balance    payment.Amount // what may still be spent; for the cardholder alone
	HasARC     bool
	ARC        [2]byte
	IssuerAuth []byte `max:"16"`  // value of 91
	Scripts    []byte `max:"512"` // templates 71 and 72
}

// Origin names the payment that is continued.
type Origin struct {
	Type         payment.Type // zero: none is
	Offline      bool         // approved by the card alone
	STAN         payment.STAN
	RRN          payment.RRN
	Transmission [5]byte // DE 7
	Approval     payment.ApprovalCode
}

// Follow builds the messages of what needs no card: the request of a refund, of an
// increment and of a charge to a stored card, with what would reverse it; the advice
// of a capture and the reversal that is a void, with its repeat and without a request.
type Follow struct {
	Terms       Terms // of a void: those of what it takes back
	Void        bool
	Last        bool // capture: the rest is released
	Origin      Origin
	Token       payment.Token // of a stored card
	KSNRequest  [12]byte
	KSNReversal [12]byte
	KSNRepeat   [12]byte
}

// BatchTotals are the sums of one side; see mailbox.Totals.
type BatchTotals struct {
	Sales         uint32
	SalesAmount   payment.Amount
	Refunds       uint32
	RefundsAmount payment.Amount
	Voided        uint32
	VoidedAmount  payment.Amount
	Returned      uint32
	ReturnedSum   payment.Amount
}

// Settle builds an 0500.
type Settle struct {
	Terms  Terms // Batch is the one to be closed
	Totals BatchTotals
	KSN    [12]byte
}

// CheckSettle verifies an 0510.
type CheckSettle struct {
	Terms Terms
	KSN   [12]byte
	Frame []byte `max:"2048"`
}

// Totalled answers CheckSettle.
type Totalled struct {
	Response payment.ResponseCode
	Closed   bool // 00 or 95: the batch is closed, and Theirs holds
	Agreed   bool
	Theirs   BatchTotals
}

// Items builds an 0600: which payments the host has in a batch.
type Items struct {
	Terms Terms // Batch is the one that is asked for
	Page  uint16
	KSN   [12]byte
}

// CheckItems verifies an 0610.
type CheckItems struct {
	Terms Terms
	KSN   [12]byte
	Frame []byte `max:"2048"`
}

// Itemised answers CheckItems. Items are as hostspec lays them out.
type Itemised struct {
	Response payment.ResponseCode
	Items    []byte `max:"476"`
	More     bool
}

// CheckReversal verifies an 0430.
type CheckReversal struct {
	Terms Terms
	KSN   [12]byte
	Frame []byte `max:"2048"`
}

// Settled answers CheckReversal and CheckAdvice.
type Settled struct {
	Settled  bool // nothing is booked any more; the advice need not be repeated
	Response payment.ResponseCode
	Decline  payment.Decline // of an advice: why it was refused
}

// Advice builds an 0220 with what the card said in the end. None of it is account
// data.
type Advice struct {
	Terms      Terms // of the payment
	KSN        [12]byte
	Cryptogram payment.Cryptogram
	TVR        payment.TVR
	TSI        payment.TSI
	Scripts    []byte `max:"25"` // value of 9F5B, five bytes each; not empty
}

// CheckAdvice verifies an 0230.
type CheckAdvice struct {
	Terms Terms
	KSN   [12]byte
	Frame []byte `max:"2048"`
}

// Network builds an 0800.
type Network struct {
	Terms         Terms // TerminalID, MerchantID, STAN, RRN, Date, Time, Transmission
	SignOn        bool  // otherwise an echo
	KSN           [12]byte
	JournalLength uint64
	JournalHead   payment.Digest
	Evidence      []byte `max:"2997"` // of a sign-on: what the device says of itself, signed
}

// Networked answers Network and Advice.
type Networked struct {
	Frame []byte `max:"4096"` // evidence may fill the link's longest message
}

// CheckNetwork verifies an 0810.
type CheckNetwork struct {
	Terms Terms
	KSN   [12]byte
	Frame []byte `max:"2048"`
}

// SignedOn answers CheckNetwork: what the host knows of this terminal. A
// terminal that finds its own lower was rolled back or cloned.
type SignedOn struct {
	Response      payment.ResponseCode
	Refusal       payment.HostRefusal // of the evidence
	TopCounter    uint32
	TopSTAN       payment.STAN
	TopRRN        payment.RRN
	JournalLength uint64
	JournalHead   payment.Digest
}
