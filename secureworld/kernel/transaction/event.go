package transaction

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// Input is one event with what the core may not find out for itself.
type Input struct {
	Now    time.Time        // wall clock
	Random [RandomSize]byte // fresh for each input: order id, unpredictable number, entropy
	Event  Event
}

// RandomSize is what one attempt needs.
const RandomSize = 16 + 4 + sred.EntropySize

// Event is one of the types below.
type Event interface{ event() }

// Events from the app world. Reply is answered by exactly one Reply effect.
type (
	// Start asks for a payment.
	Start struct {
		Reply uint64
		mailbox.Start
	}
	// Cancel asks that a payment end.
	Cancel struct {
		Reply uint64
		ID    payment.ID
	}
	// Status asks how a payment stands.
	Status struct {
		Reply uint64
		ID    payment.ID
	}
	// Settle asks that the batch be closed.
	Settle struct {
		Reply uint64
		mailbox.Settle
	}
	// Batch asks how a batch stands.
	Batch struct {
		Reply uint64
		mailbox.Batch
	}
	// Difference asks for one difference of a batch.
	Difference struct {
		Reply uint64
		mailbox.Difference
	}
)

// Events from the reader.
type (
	// ReaderUp: a session of the reader began.
	ReaderUp struct{ Ready bool }
	// ReaderDown: it ended.
	ReaderDown struct{}
	// ReaderProgress: prompts only.
	ReaderProgress struct {
		Order sred.OrderID
		Stage sred.Stage
	}
	// ReaderVerify: envelope 1.
	ReaderVerify sred.Verify
	// ReaderVerifyOffline: a certificate chain, for an enciphered PIN.
	ReaderVerifyOffline sred.VerifyOffline
	// ReaderChoose: the cardholder must choose an application.
	ReaderChoose sred.Choose
	// ReaderOnline: envelope 2.
	ReaderOnline sred.Online
	// ReaderFinished: the card's last word.
	ReaderFinished sred.Finished
	// ReaderFailed: there is none.
	ReaderFailed sred.Failed
)

// Events from the PIN pad.
type (
	// PINPadUp: a session began and its PIN key is loaded.
	PINPadUp struct{}
	// PINPadDown: it ended.
	PINPadDown struct{}
	// PINEntered brings the PIN block.
	PINEntered pinentry.Entered
	// PINFailed says that there will be none.
	PINFailed pinentry.Failed
	// PINEnciphered brings a PIN that the card alone can read.
	PINEnciphered pinentry.Enciphered
	// Chosen brings the cardholder's choice of an application.
	Chosen pinentry.Chosen
	// Confirmed brings a person's yes.
	Confirmed pinentry.Confirmed
	// CardKeyed brings a card that was keyed in.
	CardKeyed pinentry.Keyed
)

// Events from the payment application. Order says for which attempt.
type (
	// PANSealed answers SealPAN.
	PANSealed struct {
		Order  sred.OrderID
		Sealed [call.SealedPANSize]byte
	}
	// ChainVerified answers VerifyChain.
	ChainVerified struct {
		Order sred.OrderID
		call.ChainVerified
	}
	// Authorised answers Authorise, AuthoriseKey and Follow. Keys are the sealed verification keys of the
	// three messages, as the keystore keeps them.
	Authorised struct {
		Order sred.OrderID
		Keys  []byte
		call.Authorised
	}
	// WorkFailed answers SealPAN, VerifyChain, Authorise, AuthoriseKey, Follow or
	// Complete.
	WorkFailed struct {
		Order sred.OrderID
		Code  call.Code
	}
	// AnswerChecked answers CheckAnswer.
	AnswerChecked struct {
		Order sred.OrderID
		Code  call.Code // 0: Answered holds
		call.Answered
	}
	// ReversalChecked answers CheckReversal.
	ReversalChecked struct {
		ID   payment.ID
		Code call.Code
		call.Settled
	}
	// Completed answers Complete.
	Completed struct {
		Order    sred.OrderID
		Keys     []byte
		Reversal []byte // 0220
		Repeat   []byte // 0221
	}
	// FollowChecked answers CheckFollow.
	FollowChecked struct {
		ID   payment.ID
		Code call.Code
		call.Settled
	}
	// SettleBuilt answers BuildSettle.
	SettleBuilt struct {
		RRN   payment.RRN
		Code  call.Code
		Frame []byte
		Keys  []byte
	}
	// SettleChecked answers CheckSettle.
	SettleChecked struct {
		RRN  payment.RRN
		Code call.Code
		call.Totalled
	}
	// ItemsBuilt answers BuildItems.
	ItemsBuilt SettleBuilt
	// ItemsChecked answers CheckItems.
	ItemsChecked struct {
		RRN  payment.RRN
		Code call.Code
		call.Itemised
	}
	// AdviceBuilt answers BuildAdvice.
	AdviceBuilt struct {
		RRN   payment.RRN
		Code  call.Code
		Frame []byte
		Keys  []byte
	}
	// AdviceChecked answers CheckAdvice.
	AdviceChecked struct {
		RRN  payment.RRN
		Code call.Code
		call.Settled
	}
	// NetworkBuilt answers BuildNetwork.
	NetworkBuilt struct {
		Serial uint64
		Code   call.Code
		Frame  []byte
		Keys   []byte
	}
	// NetworkChecked answers CheckNetwork.
	NetworkChecked struct {
		Serial uint64
		Code   call.Code
		Behind bool // the host has seen KSNs that the keystore never issued
		call.SignedOn
	}
)

// Events from the host link.
type (
	// HostUp: connected, TLS done, nothing said yet.
	HostUp struct{}
	// HostDown: the connection ended or could not be made.
	HostDown struct{}
	// HostFrame is a message that matches a question which was asked.
	HostFrame struct {
		Question Question
		Frame    []byte
	}
	// HostLate is a message that matches none.
	HostLate struct{}
)

// Events of the host key.
type (
	// ReplaceKey asks that the key that is staged take the place of the host key.
	ReplaceKey struct {
		Reply uint64
		Plan  Replacing
	}
	// KeyReplaced answers ReplaceHostKey: the id of the key that is in use now.
	KeyReplaced struct{ InUse [8]byte }
)

// TimerFired is a timer that was set and not set anew since.
type TimerFired struct {
	Timer      Timer
	Generation uint64
}

func (Start) event()               {}
func (Cancel) event()              {}
func (Status) event()              {}
func (ReaderUp) event()            {}
func (ReaderDown) event()          {}
func (ReaderProgress) event()      {}
func (ReaderVerify) event()        {}
func (ReaderVerifyOffline) event() {}
func (ReaderChoose) event()        {}
func (PINEnciphered) event()       {}
func (Confirmed) event()           {}
func (Chosen) event()              {}
func (CardKeyed) event()           {}
func (ChainVerified) event()       {}
func (ReaderOnline) event()        {}
func (ReaderFinished) event()      {}
func (ReaderFailed) event()        {}
func (PINPadUp) event()            {}
func (PINPadDown) event()          {}
func (PINEntered) event()          {}
func (PINFailed) event()           {}
func (PANSealed) event()           {}
func (Authorised) event()          {}
func (WorkFailed) event()          {}
func (AnswerChecked) event()       {}
func (ReversalChecked) event()     {}
func (Settle) event()              {}
func (Batch) event()               {}
func (Difference) event()          {}
func (Completed) event()           {}
func (FollowChecked) event()       {}
func (SettleBuilt) event()         {}
func (SettleChecked) event()       {}
func (ItemsBuilt) event()          {}
func (ItemsChecked) event()        {}
func (AdviceBuilt) event()         {}
func (AdviceChecked) event()       {}
func (NetworkBuilt) event()        {}
func (NetworkChecked) event()      {}
func (HostUp) event()              {}
func (HostDown) event()            {}
func (HostFrame) event()           {}
func (HostLate) event()            {}
func (TimerFired) event()          {}
func (ReplaceKey) event()          {}
func (KeyReplaced) event()         {}
