package contactless

// A Result is the kernel's outcome (Book A, clause 6.2).
type Result byte

// The outcomes.
const (
	SelectNext Result = iota + 1
	TryAgain
	Approved
	Declined
	OnlineRequest
	TryAnotherInterface
	EndApplication
)

// An Interface is an alternate interface that an outcome prefers.
type Interface byte

// The interfaces.
const (
	InterfaceNone Interface = iota
	InterfaceContactChip
	InterfaceStripe
)

// A CVM is what cardholder verification an outcome asks for (Book A, clause 6.3).
type CVM byte

// The verification methods.
const (
	CVMNone          CVM = iota // no CVM
	CVMOnlinePIN                // to be entered now, then online
	CVMSignature                // on the receipt
	CVMDevice                   // confirmation code verified on the consumer's device
	CVMNotApplicable            // the outcome needs none
)

// A Message is the number of a user interface message (Book A, clause 9.4).
type Message byte

// The messages.
const (
	MessageApproved           Message = 0x03
	MessageNotAuthorised      Message = 0x07
	MessageEnterPIN           Message = 0x09
	MessageProcessingError    Message = 0x0F
	MessageRemoveCard         Message = 0x10
	MessageWelcome            Message = 0x14
	MessagePresentCard        Message = 0x15
	MessageProcessing         Message = 0x16
	MessageCardReadOK         Message = 0x17
	MessageInsertOrSwipe      Message = 0x18 // use another interface
	MessageOneCardOnly        Message = 0x19
	MessageApprovedSign       Message = 0x1A
	MessageAuthorising        Message = 0x1B
	MessageInsertSwipeOrOther Message = 0x1C // try another card
	MessageInsertCard         Message = 0x1D
	MessageNone               Message = 0x1E // clear display
	MessageSeePhone           Message = 0x20
	MessageTryAgain           Message = 0x21 // present card again
)

// A UIStatus is the status of a user interface request (Book A, clause 7.2).
type UIStatus byte

// The statuses.
const (
	UINotReady UIStatus = iota
	UIIdle
	UIReadyToRead
	UIProcessing
	UICardReadOK
	UIProcessingError
)

// A UI is a user interface request (Book A, clause 7.1).
type UI struct {
	Message    Message
	Status     UIStatus
	HoldTenths uint16 // in 100 ms
	Language   string // 5F2D as the card sent it, printable, at most 8; empty: none
	Qualifier  byte   // 0 none, 1 amount, 2 balance
	Value      [6]byte
	Currency   uint16
}

// An Outcome is a kernel's last word, or Entry Point's (Book A, clause 6).
type Outcome struct {
	Result     Result
	Start      StartPoint // where Entry Point begins again; StartNone: nowhere
	OnOutcome  *UI        // shown with the outcome
	OnRestart  *UI        // shown when Entry Point begins again
	CVM        CVM
	Alternate  Interface
	Receipt    bool
	FieldOff   bool   // after FieldOffTenths
	FieldHold  uint16 // in 100 ms
	Online     Online // what an online answer leads to
	Stripe     bool   // the data are magnetic stripe data (MSD, mag-stripe mode)
	OfflineAC  bool   // approved or declined by a cryptogram of the card, without the host
	RemovalDue uint16 // removal timeout in 100 ms; 0: none
}

// An Online says what the kernel does with the host's answer (Book A, clause
// 6.2: online response data).
type Online byte

// What a kernel does with the host's answer.
const (
	OnlineNotNeeded Online = iota // completes with the host's decision
	OnlineRestartB                // restarts at B with the answer, any
	OnlineEMVData                 // restarts only where the answer brought EMV data
)
