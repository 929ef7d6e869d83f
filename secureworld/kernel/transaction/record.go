package transaction

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// Record is one entry of the secure world's journal.
type Record interface{ kind() byte }

// Records, in the order of a payment's life. None holds account data: host
// messages carry them sealed for the acquirer, and the request itself, with its
// PIN block, is not recorded at all.
type (
	// Opened: the payment exists.
	Opened struct{ mailbox.Start }
	// Attempted: numbers are issued and used up, whatever happens.
	Attempted struct {
		ID      payment.ID
		Order   sred.OrderID
		Attempt uint8
		Terms   call.Terms
	}
	// Used: the highest KSN counters that the devices have used.
	Used struct{ Reader, PINPad uint32 }
	// Intent: the request may leave from now on. With it is all that a reversal
	// needs.
	Intent struct {
		ID       payment.ID
		Card     mailbox.Card
		Receipt  mailbox.Receipt
		Reversal []byte `max:"2048"`
		Repeat   []byte `max:"2048"`
		Keys     []byte `max:"512"` // sealed
		Offline  bool   // the card has approved it; the frames are an advice
	}
	// Judged: the host's word on a payment that the card has approved.
	Judged struct {
		ID       payment.ID
		Taken    bool
		Response payment.ResponseCode
		Decline  payment.Decline
	}
	// Told: the host's verified answer.
	Told struct {
		ID       payment.ID
		Approved bool
		Amount   payment.Amount
		Response payment.ResponseCode
		Decline  payment.Decline
		Approval payment.ApprovalCode
	}
	// Reversing: the payment must be reversed and will then have this outcome.
	Reversing struct {
		ID      payment.ID
		Outcome payment.Outcome
		Decline payment.Decline
		Failure payment.Failure
	}
	// Repeating: the 0420 may have left; from now on the 0421 is sent.
	Repeating struct{ ID payment.ID }
	// Done: the final state.
	Done struct {
		ID         payment.ID
		Outcome    payment.Outcome
		Money      payment.Money
		Decline    payment.Decline
		Failure    payment.Failure
		Completed  bool // a TC from the card
		Cryptogram payment.Cryptogram
		TVR        payment.TVR
		TSI        payment.TSI
	}
	// Asked: a network message used these numbers.
	Asked struct {
		STAN payment.STAN
		RRN  payment.RRN
	}
	// Canceling: the app world asked for an end.
	Canceling struct{ ID payment.ID }
	// Configured: signed parameters of this version were in force; older ones are
	// refused from now on.
	Configured struct{ Version uint32 }
	// Advising: the host must be told what a card did with its issuer's scripts.
	Advising struct {
		Terms      call.Terms
		Cryptogram payment.Cryptogram
		TVR        payment.TVR
		TSI        payment.TSI
		Scripts    []byte `max:"25"` // value of 9F5B
	}
	// Advised: it was told.
	Advised struct{ RRN payment.RRN }
	// Replacing: the host key is about to be replaced. Whether it was, the keystore
	// tells: either key is whole in it.
	Replacing struct {
		Old, New           [8]byte // initial key ids
		OldCheck, NewCheck [5]byte // check values of the initial keys
		Left               uint32  // messages that the old one was still good for
	}
	// Destroyed: a key is gone, and nothing can be made of it any more.
	Destroyed struct {
		Key    uint8 // its number in package keyregistry
		ID     [8]byte
		Check  [5]byte
		Reason mailbox.KeyEnd
	}
	// RolledBack: the host knew more of this terminal than this journal. It is older
	// for ever, however many numbers it issues from now on.
	RolledBack struct{ Known payment.RRN }
)

// Records of settlement.
type (
	// Closing: the batch is to be closed as soon as nothing is pending.
	Closing struct{ Batch payment.Batch }
	// Settling: the 0500, whose bytes never change from now on.
	Settling struct {
		Terms  call.Terms
		Totals mailbox.Totals
		Frame  []byte `max:"2048"`
		Keys   []byte `max:"512"` // sealed
	}
	// Differing: one difference between both sides, counted from 0. They count with
	// the end of the batch, Closed, which comes behind them.
	Differing struct {
		Index  uint32
		Kind   mailbox.DifferenceKind
		Type   payment.Type
		ID     payment.ID
		RRN    payment.RRN
		Ours   payment.Amount
		Theirs payment.Amount
	}
	// Closed: the end of the batch.
	Closed struct {
		Batch       payment.Batch
		Agreed      bool
		Theirs      mailbox.Totals
		Differences uint32
		Attempts    uint32
		Time        payment.Count
	}
	// Reopened: the host refused to close the batch.
	Reopened struct{ Batch payment.Batch }
)

func (Opened) kind() byte     { return 1 }
func (Attempted) kind() byte  { return 2 }
func (Used) kind() byte       { return 3 }
func (Intent) kind() byte     { return 4 }
func (Told) kind() byte       { return 5 }
func (Reversing) kind() byte  { return 6 }
func (Repeating) kind() byte  { return 7 }
func (Done) kind() byte       { return 8 }
func (Asked) kind() byte      { return 9 }
func (Canceling) kind() byte  { return 10 }
func (Configured) kind() byte { return 11 }
func (Advising) kind() byte   { return 12 }
func (Advised) kind() byte    { return 13 }
func (Replacing) kind() byte  { return 14 }
func (Destroyed) kind() byte  { return 15 }
func (Closing) kind() byte    { return 16 }
func (Settling) kind() byte   { return 17 }
func (Differing) kind() byte  { return 18 }
func (Closed) kind() byte     { return 19 }
func (Reopened) kind() byte   { return 20 }
func (Judged) kind() byte     { return 21 }
func (RolledBack) kind() byte { return 22 }

// ErrRecord reports a record that does not fit its layout.
var ErrRecord = errors.New("transaction: malformed record")

// EncodeRecord lays a record out for the journal: its kind, then its fields as
// package frame writes them.
func EncodeRecord(r Record) ([]byte, error) {
	return frame.Append([]byte{r.kind()}, r)
}

// DecodeRecord reads what EncodeRecord wrote and nothing else.
func DecodeRecord(b []byte) (Record, error) {
	if len(b) == 0 {
		return nil, ErrRecord
	}
	switch b[0] {
	case 1:
		return decode[Opened](b[1:])
	case 2:
		return decode[Attempted](b[1:])
	case 3:
		return decode[Used](b[1:])
	case 4:
		return decode[Intent](b[1:])
	case 5:
		return decode[Told](b[1:])
	case 6:
		return decode[Reversing](b[1:])
	case 7:
		return decode[Repeating](b[1:])
	case 8:
		return decode[Done](b[1:])
	case 9:
		return decode[Asked](b[1:])
	case 10:
		return decode[Canceling](b[1:])
	case 11:
		return decode[Configured](b[1:])
	case 12:
		return decode[Advising](b[1:])
	case 13:
		return decode[Advised](b[1:])
	case 14:
		return decode[Replacing](b[1:])
	case 15:
		return decode[Destroyed](b[1:])
	case 16:
		return decode[Closing](b[1:])
	case 17:
		return decode[Settling](b[1:])
	case 18:
		return decode[Differing](b[1:])
	case 19:
		return decode[Closed](b[1:])
	case 20:
		return decode[Reopened](b[1:])
	case 21:
		return decode[Judged](b[1:])
	case 22:
		return decode[RolledBack](b[1:])
	}
	return nil, ErrRecord
}

func decode[R Record](b []byte) (Record, error) {
	var r R
	if err := frame.Parse(b, &r); err != nil {
		return nil, ErrRecord
	}
	return r, nil
}
