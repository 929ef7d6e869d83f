package emv

import "strconv"

// An ActionKind says what the caller must do next.
type ActionKind byte

// The actions.
const (
	ActionTransmit    ActionKind = iota + 1 // send Command to the card; answer with Response or CardGone
	ActionChoose                            // let the cardholder choose among Candidates; answer with Selected
	ActionAskPIN                            // ask for the online PIN; answer with PIN
	ActionGoOnline                          // send HostTLV to the host; answer with Host
	ActionFinish                            // done; Outcome and Reason are final
	ActionEncipherPIN                       // have PINChain verified and a PIN enciphered; answer with Enciphered or PIN
)

// An Action is what Next returns. Command belongs to the transaction and is
// overwritten by the next call.
type Action struct {
	Kind       ActionKind
	Command    []byte
	Candidates []Candidate
	Outcome    Outcome
	Reason     Reason

	Tries int  // ActionEncipherPIN: tries left, 1 is the last, -1 unknown
	Wrong bool // ActionEncipherPIN: the PIN before was wrong
}

// A Candidate is an application that card and terminal share.
type Candidate struct {
	AID      []byte // 5 to 16 bytes
	Label    string // printable ASCII, may be empty
	Priority byte   // 1 highest to 15, 0 none
	Confirm  bool   // not without the cardholder's confirmation
}

// An Outcome is how a transaction ended.
type Outcome byte

// The outcomes. Approved takes money, ApprovedOffline and ApprovedUnableOnline
// take it when they are forwarded, Refund gives it back. Every other outcome
// whose AfterARQC is true must be reversed if a request was sent, and so must the
// request of ApprovedUnableOnline before its advice goes out.
const (
	OutcomeApproved             Outcome = iota + 1 // host approved and the card gave its TC
	OutcomeDeclined                                // by the card before a request left
	OutcomeDeclinedByHost                          // host declined or could not be reached, card gave its AAC
	OutcomeDeclinedByCard                          // host approved, card gave an AAC
	OutcomeNotAccepted                             // no application in common, or none left
	OutcomeCardBlocked                             // the card says so
	OutcomeCardError                               // the card broke a rule before ARQC
	OutcomeCardErrorAfterARQC                      // the card broke a rule after ARQC
	OutcomeTornBeforeARQC                          // card gone, nothing sent
	OutcomeTornAfterARQC                           // card gone between ARQC and the second GENERATE AC
	OutcomeTornInCompletion                        // card gone during the second GENERATE AC
	OutcomeAborted                                 // by the caller before ARQC
	OutcomeAbortedAfterARQC                        // by the caller after ARQC
	OutcomeBadOrder                                // the order or configuration is out of range
	OutcomeApprovedOffline                         // the card gave its TC at once (Y1); nothing was sent
	OutcomeApprovedUnableOnline                    // host not reached, the card gave its TC (Y3)
	OutcomeRefund                                  // host approved a refund, card gave its AAC before
)

// AfterARQC reports whether the caller was told to go online, so that a request
// may have been sent: after the ARQC or, at a refund, after the AAC.
// OutcomeApproved is after ARQC too.
func (o Outcome) AfterARQC() bool {
	switch o {
	case OutcomeApproved, OutcomeDeclinedByHost, OutcomeDeclinedByCard, OutcomeCardErrorAfterARQC,
		OutcomeTornAfterARQC, OutcomeTornInCompletion, OutcomeAbortedAfterARQC,
		OutcomeApprovedUnableOnline, OutcomeRefund:
		return true
	default:
		return false
	}
}

// String names the outcome.
func (o Outcome) String() string {
	switch o {
	case OutcomeApproved:
		return "approved"
	case OutcomeDeclined:
		return "declined"
	case OutcomeDeclinedByHost:
		return "declined by host"
	case OutcomeDeclinedByCard:
		return "declined by card"
	case OutcomeNotAccepted:
		return "not accepted"
	case OutcomeCardBlocked:
		return "card blocked"
	case OutcomeCardError:
		return "card error"
	case OutcomeCardErrorAfterARQC:
		return "card error after ARQC"
	case OutcomeTornBeforeARQC:
		return "torn before ARQC"
	case OutcomeTornAfterARQC:
		return "torn after ARQC"
	case OutcomeTornInCompletion:
		return "torn in completion"
	case OutcomeAborted:
		return "aborted"
	case OutcomeAbortedAfterARQC:
		return "aborted after ARQC"
	case OutcomeBadOrder:
		return "bad order"
	case OutcomeApprovedOffline:
		return "approved offline"
	case OutcomeApprovedUnableOnline:
		return "approved, unable to go online"
	case OutcomeRefund:
		return "refund"
	default:
		return "outcome " + strconv.Itoa(int(o))
	}
}

// A Reason names the rule that ended a transaction. It is a constant of this
// package and never holds anything that a card sent.
type Reason string

// The reasons.
const (
	ReasonNone              Reason = ""
	ReasonOrder             Reason = "order out of range"
	ReasonConfig            Reason = "configuration invalid"
	ReasonNoApplication     Reason = "no application in common"
	ReasonAnswer            Reason = "answer too short or too long"
	ReasonStatus            Reason = "unexpected status word"
	ReasonFormat            Reason = "data malformed"
	ReasonGPO               Reason = "processing options refused or malformed"
	ReasonPDOL              Reason = "PDOL malformed"
	ReasonAFL               Reason = "application file locator invalid"
	ReasonRecord            Reason = "record malformed"
	ReasonRedundant         Reason = "data element sent twice"
	ReasonMissing           Reason = "mandatory data element missing"
	ReasonAccount           Reason = "account data inconsistent"
	ReasonDate              Reason = "date malformed"
	ReasonCVMList           Reason = "CVM list malformed"
	ReasonCDOL              Reason = "CDOL malformed"
	ReasonCryptogram        Reason = "GENERATE AC answer malformed"
	ReasonCryptogramRaised  Reason = "card raised the decision"
	ReasonTooManyCommands   Reason = "too many commands"
	ReasonSignature         Reason = "card authentication failed"
	ReasonServiceNotAllowed Reason = "card does not allow this service"
	ReasonBypass            Reason = "PIN passed over"
)
