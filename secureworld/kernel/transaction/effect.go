package transaction

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// Effect is one of the types below, to be carried out in order.
type Effect interface{ effect() }

// Write makes a record durable before anything behind it happens.
type Write struct{ Record Record }

// Reply answers a command of the app world.
type Reply struct {
	To      uint64
	Refused mailbox.Code // CodeNone: View holds
	Other   payment.ID   // with CodeBusy: the payment in the way
	View    mailbox.View
	// Batch answers Settle and Batch, Different answers Difference.
	Batch     mailbox.BatchView
	Different mailbox.Different
}

// Notify publishes a change of a payment.
type Notify struct{ View mailbox.View }

// Effects on the reader.
type (
	// TakeCard orders the reader to take a card.
	TakeCard struct{ sred.Take }
	// TellPIN tells the reader how the PIN entry ended.
	TellPIN struct{ sred.PINDone }
	// TellChoice tells the reader which application the cardholder chose.
	TellChoice struct{ sred.Chosen }
	// TellCard brings the host's word to the card.
	TellCard struct{ sred.Answer }
	// StopReader ends an order.
	StopReader struct{ Order sred.OrderID }
)

// Effects on the PIN pad.
type (
	// AskPIN orders a PIN.
	AskPIN struct{ pinentry.EnterPIN }
	// EncipherPIN orders a PIN for the card.
	EncipherPIN struct{ pinentry.EncipherPIN }
	// AskChoice orders the choice of an application.
	AskChoice struct{ pinentry.Choose }
	// AskConfirm orders a person's yes.
	AskConfirm struct{ pinentry.Confirm }
	// KeyCard orders a card that is keyed in.
	KeyCard struct{ pinentry.KeyCard }
	// StopPIN ends an entry.
	StopPIN struct{ Order pinentry.OrderID }
)

// Show puts the fixed texts of one moment on both devices.
type Show struct {
	Reader sred.Text
	PINPad pinentry.Text
}

// ShowBalance puts what a card may still spend on the PIN pad's own display, and
// nowhere else.
type ShowBalance struct {
	Amount   payment.Amount
	Currency payment.Currency
}

// Effects on the payment application. Each is answered by one event.
type (
	// SealPAN opens envelope 1 for the PIN pad.
	SealPAN struct {
		Order    sred.OrderID
		Counter  uint64 // the RRN; nonce of the PAN key
		Envelope sred.Envelope
	}
	// Authorise opens envelope 2 and builds the host messages. The shell adds the
	// three KSNs and keeps their verification keys.
	Authorise struct {
		Order    sred.OrderID
		Terms    call.Terms
		Envelope sred.Envelope
		HasPIN   bool
		Offline  bool // a PIN was enciphered for the card
		PINKSN   [12]byte
		PINBlock [16]byte
	}
	// VerifyChain recovers the card's key for PINs from its certificates.
	VerifyChain struct {
		Order    sred.OrderID
		Date     [3]byte
		Envelope sred.ChainEnvelope
	}
	// AuthoriseKey opens a keyed card and builds the host messages.
	AuthoriseKey struct {
		Order   sred.OrderID
		Terms   call.Terms
		Counter uint64 // the RRN; nonce of the keyed-entry key
		Sealed  [call.KeyedSealedSize]byte
	}
	// Follow builds the host messages of what needs no card. The shell adds three KSNs
	// and keeps their verification keys.
	Follow struct {
		Order  sred.OrderID
		Terms  call.Terms // of a void: those of what it takes back
		Void   bool
		Last   bool
		Origin call.Origin
		Token  payment.Token
	}
	// Complete builds the advice of what the card has approved by itself.
	Complete struct {
		Order      sred.OrderID
		Terms      call.Terms
		Cryptogram payment.Cryptogram
		TVR        payment.TVR
		IAD        []byte
	}
	// CheckFollow verifies an 0230, or of a void an 0430, to the first frame of Follow
	// or to its repeat.
	CheckFollow struct {
		ID    payment.ID
		Void  bool
		Terms call.Terms
		Keys  []byte
		Frame []byte
	}
	// BuildSettle builds an 0500.
	BuildSettle struct {
		Terms  call.Terms
		Totals call.BatchTotals
	}
	// CheckSettle verifies an 0510.
	CheckSettle struct {
		Terms call.Terms
		Keys  []byte
		Frame []byte
	}
	// BuildItems builds an 0600.
	BuildItems struct {
		Terms call.Terms
		Page  uint16
	}
	// CheckItems verifies an 0610.
	CheckItems struct {
		Terms call.Terms
		Keys  []byte
		Frame []byte
	}
	// EndAttempt wipes the attempt's instance.
	EndAttempt struct{ Order sred.OrderID }
	// CheckAnswer verifies an 0210 with the keys of Authorised.
	CheckAnswer struct {
		Order sred.OrderID
		Terms call.Terms
		Keys  []byte
		Frame []byte
	}
	// CheckReversal verifies an 0430.
	CheckReversal struct {
		ID    payment.ID
		Terms call.Terms
		Keys  []byte
		Frame []byte
	}
	// BuildAdvice builds an 0220.
	BuildAdvice struct{ Advising Advising }
	// CheckAdvice verifies an 0230 with the keys of AdviceBuilt.
	CheckAdvice struct {
		Terms call.Terms
		Keys  []byte
		Frame []byte
	}
	// BuildNetwork builds an 0800.
	BuildNetwork struct {
		Serial uint64
		SignOn bool
		Terms  call.Terms
	}
	// CheckNetwork verifies an 0810.
	CheckNetwork struct {
		Serial uint64
		Terms  call.Terms
		Keys   []byte
		Frame  []byte
	}
)

// Class is what MTIs of a question and its answer have in common.
type Class uint8

// Classes of messages.
const (
	ClassRequest Class = iota
	ClassReversal
	ClassNetwork
	ClassAdvice
	ClassSettlement
	ClassItems
)

// Question names what a host message answers: MTI class and STAN; the terminal
// id is the same for all.
type Question struct {
	Class Class
	STAN  payment.STAN
}

// Effects on the host link.
type (
	// Send writes a message whose answer comes as HostFrame.
	Send struct {
		Question Question
		Frame    []byte
	}
	// Forget stops waiting for an answer; it counts as late from now on.
	Forget struct{ Question Question }
	// DropHost ends the connection, which will be made anew.
	DropHost struct{}
)

// ReplaceHostKey puts the key that is staged in the place of the host key, at once:
// what follows in the same step has the new one. It is answered by KeyReplaced.
type ReplaceHostKey struct{}

// Timer names a timer; there is one of each.
type Timer uint8

// Timers.
const (
	TimerCard Timer = iota
	TimerWork
	TimerPIN
	TimerHost
	TimerFinish
	TimerReversal
	TimerEcho
	TimerAdvice
	TimerTell
	TimerSettle
	TimerCount
)

// SetTimer sets a timer, replacing an earlier one of the same name.
type SetTimer struct {
	Timer      Timer
	Generation uint64
	After      time.Duration
}

func (Write) effect()         {}
func (Reply) effect()         {}
func (Notify) effect()        {}
func (TakeCard) effect()      {}
func (TellPIN) effect()       {}
func (TellCard) effect()      {}
func (TellChoice) effect()    {}
func (EncipherPIN) effect()   {}
func (AskChoice) effect()     {}
func (AskConfirm) effect()    {}
func (KeyCard) effect()       {}
func (VerifyChain) effect()   {}
func (AuthoriseKey) effect()  {}
func (StopReader) effect()    {}
func (AskPIN) effect()        {}
func (StopPIN) effect()       {}
func (Show) effect()          {}
func (ShowBalance) effect()   {}
func (SealPAN) effect()       {}
func (Authorise) effect()     {}
func (Follow) effect()        {}
func (Complete) effect()      {}
func (CheckFollow) effect()   {}
func (BuildSettle) effect()   {}
func (CheckSettle) effect()   {}
func (BuildItems) effect()    {}
func (CheckItems) effect()    {}
func (EndAttempt) effect()    {}
func (CheckAnswer) effect()   {}
func (CheckReversal) effect() {}
func (BuildAdvice) effect()   {}
func (CheckAdvice) effect()   {}
func (BuildNetwork) effect()  {}
func (CheckNetwork) effect()  {}
func (Send) effect()          {}
func (Forget) effect()        {}
func (DropHost) effect()      {}
func (SetTimer) effect()      {}

func (ReplaceHostKey) effect() {}
