package mailbox

import "github.com/strongroom-pos/strongroom/secureworld/payment"

// View is a payment as the app world may know it.
type View struct {
	ID       payment.ID
	Version  uint32 // rises with every change of this payment
	Type     payment.Type
	Amount   payment.Amount
	Approved payment.Amount // what the issuer approved; 0 until then
	Currency payment.Currency
	Of       payment.ID     // the payment that this one continues
	Tip      payment.Amount // of Amount
	Cashback payment.Amount // of Amount
	Held     payment.Amount // of a preauth: held and neither captured nor released
	Captured payment.Amount // taken in all, refunds not counted
	Refunded payment.Amount // given back in all
	Offline  bool           // approved by the card alone and not yet taken by the issuer; refused by him where Money is none

	Status          payment.Status
	Stage           payment.Stage
	Outcome         payment.Outcome
	Money           payment.Money
	Decline         payment.Decline
	Failure         payment.Failure
	CancelRequested bool
	Sent            bool  // a request to the host may have left
	Attempt         uint8 // 1 for the first card reading, then one more for each wrong PIN

	Card    Card
	Receipt Receipt
}

// Card is what may be known of the card.
type Card struct {
	Token     payment.Token
	Masked    payment.MaskedPAN
	Brand     payment.Brand
	EntryMode payment.EntryMode
	Sequence  uint8 // PAN sequence number, 5F34
}

// Receipt is what a receipt prints beside amount and card.
type Receipt struct {
	TerminalID   payment.TerminalID
	MerchantID   payment.MerchantID
	Batch        payment.Batch
	STAN         payment.STAN
	RRN          payment.RRN
	Date         payment.Date
	Time         payment.Time
	ApprovalCode payment.ApprovalCode
	ResponseCode payment.ResponseCode // merchant's copy only
	AID          payment.AID
	Label        payment.Label // 9F12, else 50
	Cryptogram   payment.Cryptogram
	Completed    bool // Cryptogram is the card's TC
	TVR          payment.TVR
	TSI          payment.TSI
	CVM          payment.CVM
}

// Event is one change. Number rises by one with each; Gap says that older ones
// than asked for are lost (a restart, or too long ago) and that the app world
// must ask for the status of what it cares for. Present is false where the wait
// ended with nothing new.
type Event struct {
	Number  payment.Count
	Present bool
	Gap     bool
	View    View
}
