package mailbox

import (
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Kinds of message. An answer is its question's number with the high bit set.
const (
	KindDescribe    byte = 0x01
	KindStart       byte = 0x02
	KindCancel      byte = 0x03
	KindStatus      byte = 0x04
	KindEvents      byte = 0x05
	KindPing        byte = 0x06
	KindDescription byte = 0x81
	KindStarted     byte = 0x82
	KindCanceling   byte = 0x83
	KindView        byte = 0x84
	KindEvent       byte = 0x85
	KindPong        byte = 0x86
	KindRefused     byte = 0xff
)

// Describe asks what this secure world is and how it is.
type Describe struct{}

// Start asks for a payment, or for what continues one. The same id with the same
// content is answered with the payment as it stands; with other content it is
// refused.
//
//	type       Of                    card                Amount
//	sale       none                  read, keyed, Token  whole, Tip and Cashback in it
//	preauth    none                  read, keyed         to be held
//	balance    none                  read                0
//	refund     none                  read                at most the signed limit
//	refund     sale or preauth       none                at most captured less refunded
//	increment  preauth               none                to be held besides
//	capture    preauth               none                at most held less captured
//	capture    referred sale         none                at most its amount, with Approval
//	void       any with money        none                0
//
// An increment is not voided by itself, and what is of a closed batch, or has been given
// back in part, not at all. Cash goes neither with a keyed card nor with Partial.
type Start struct {
	ID             payment.ID
	Type           payment.Type
	Amount         payment.Amount // minor units
	Currency       payment.Currency
	TimeoutSeconds uint16         // how long a card is waited for, 1 to MaxTimeout; without a card 0 too
	Keyed          bool           // the card is not there: its data are keyed in at the PIN pad (mail, telephone)
	Of             payment.ID     // the payment that is continued
	Tip            payment.Amount // of Amount
	Cashback       payment.Amount // of Amount
	Partial        bool           // less than Amount may be approved
	Last           bool           // capture: what is held and not taken is released
	Store          bool           // the acquirer keeps the card, to be charged by its token
	Token          payment.Token  // of a card that he keeps
	// Approval is what the issuer told the merchant by voice: with it a sale is captured
	// that ended declined since he referred to a call (DE 39 01, 02).
	Approval payment.ApprovalCode
}

// Cancel asks that a payment end without charge. It may lose: the final state
// says who won.
type Cancel struct{ ID payment.ID }

// Status asks how a payment stands.
type Status struct{ ID payment.ID }

// Events asks for the first event after a number, waiting for it if need be.
type Events struct {
	After      payment.Count
	WaitMillis uint16 // at most MaxWait
}

// Ping asks for nothing; it measures the door.
type Ping struct{ Number payment.Count }

// Pong answers Ping with its number.
type Pong struct{ Number payment.Count }

// Refused answers any command that was not carried out.
type Refused struct {
	Code Code
	ID   payment.ID // the payment that is in the way, where there is one
}

// Code says why a command was refused.
type Code uint8

// Codes of refusal.
const (
	CodeNone Code = iota
	CodeMalformed
	CodeUnknownKind
	CodeBooting
	CodeBusy
	CodeReversalMode
	CodeAmount
	CodeCurrency
	CodeType
	CodeTimeout
	CodeNeverSeen
	CodeMismatch // the id was used with other content
	CodeReader
	CodePINPad
	CodeHost
	CodeKeyExhausted
	CodeTampered
	CodeBatch // the open batch is being closed, or must be closed first
	CodeTooManySessions
	CodeNoKey // of the app world; another owner's looks alike
	CodeUsage // the key is not for this
	CodeAlgorithm
	CodeTooLong
	CodeQuota
	CodeInvalid // does not verify, does not open
	CodeUntrusted
	CodeNotFound
	CodeExists
	CodeStorage
	CodeFIPS // outside the FIPS 140-3 module, which is enforced
	CodeServices
	CodeNotPermitted // the application is not the app world's to ask
	CodeApplication  // the application failed, or did not answer in its form
	CodeStopped      // the application waits for its next start, or is disabled
	CodeState        // the payment that is to be continued does not stand so
	CodeExceeds      // more than is captured, held or permitted
	CodeOffline      // the host is away, and nothing more may be approved without it
	codeEnd
)

// Valid reports whether c is a known code.
func (c Code) Valid() bool { return c < codeEnd }

// String names the code.
func (c Code) String() string {
	names := [...]string{"none", "malformed", "unknown_kind", "booting", "busy", "reversal_mode",
		"amount_invalid", "currency_not_configured", "type_not_supported", "timeout_invalid",
		"never_seen", "mismatch", "reader_unavailable", "pinpad_unavailable", "host_unavailable",
		"key_exhausted", "tampered", "batch_closing", "too_many_sessions",
		"no_key", "usage", "algorithm", "too_long", "quota", "invalid", "untrusted", "not_found", "exists",
		"storage", "fips", "services", "not_permitted", "application", "stopped",
		"wrong_state", "exceeds", "offline_limit"}
	if int(c) < len(names) {
		return names[c]
	}
	return "unknown"
}

// Messages returns a zero value of every message, for the test that holds their
// fields to closed types.
func Messages() []any {
	return slices.Concat([]any{Describe{}, Start{}, Cancel{}, Status{}, Events{}, Ping{},
		Description{}, View{}, Event{}, Pong{}, Refused{}}, batchMessages(), keyMessages(), ringMessages(), attestMessages(), serviceMessages(), applicationMessages())
}
