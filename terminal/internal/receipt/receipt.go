// Package receipt makes the two receipts of a payment, the merchant's and the
// customer's, as data, as text, as a page and as ESC/POS for a printer.
//
// What is on it follows EMV Book 4 practice and the schemes' rules as
// summarised in notes: both copies truncated to the last four digits, the
// application's preferred name and AID, authorisation code, STAN and RRN. What
// must never be printed (whole PAN, expiry, track, PIN block, card verification
// value, cardholder's name, token) cannot be: no type here holds it, and the
// token is not taken over.
//
// Only the terminal imports it. It must never hold account data.
package receipt

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// Copy says whose receipt it is.
type Copy string

// Copies.
const (
	Merchant Copy = "merchant"
	Customer Copy = "customer"
)

// Shop is what the merchant prints above everything.
type Shop struct {
	Name    string `json:"name"`
	Address string `json:"address"`
}

// ErrNotCompleted reports a payment that has no outcome yet, and so no receipt.
var ErrNotCompleted = errors.New("receipt: the payment is not completed")

// Receipt is one copy as data. Empty text is left out of the printed forms.
type Receipt struct {
	PaymentID      payment.ID       `json:"payment_id"`
	Copy           Copy             `json:"copy"`
	Duplicate      bool             `json:"duplicate"`
	Demo           bool             `json:"demo"`
	Merchant       Shop             `json:"merchant"`
	MerchantID     string           `json:"merchant_id"`
	TerminalID     string           `json:"terminal_id"`
	Type           string           `json:"type"`
	Of             string           `json:"of"` // the payment that is continued
	Date           string           `json:"date"`
	Time           string           `json:"time"`
	Result         string           `json:"result"` // APPROVED, HELD, RELEASED, VOIDED, DECLINED or NOT COMPLETED
	Reason         string           `json:"reason"`
	Amount         payment.Amount   `json:"amount"`
	Tip            payment.Amount   `json:"tip"`      // of the amount
	Cashback       payment.Amount   `json:"cashback"` // of the amount
	ApprovedAmount payment.Amount   `json:"approved_amount"`
	Remainder      payment.Amount   `json:"remainder"`
	Currency       payment.Currency `json:"currency"`
	Reference      string           `json:"reference"`
	Card           *Card            `json:"card"`
	Offline        bool             `json:"offline"` // approved by the card alone
	ApprovalCode   string           `json:"approval_code"`
	Batch          uint32           `json:"batch"`
	STAN           string           `json:"stan"`
	RRN            string           `json:"rrn"`
	Verification   string           `json:"verification"` // what the CVM result says; empty where nothing is to be said
	Signature      bool             `json:"signature"`
	Chip           *Chip            `json:"chip"` // merchant's copy only
}

// Card is what a receipt shows of the card.
type Card struct {
	Brand     string `json:"brand"`
	Masked    string `json:"masked"`
	Sequence  uint8  `json:"sequence"`
	EntryMode string `json:"entry_mode"`
	Label     string `json:"label"`
	AID       string `json:"aid"`
}

// Chip is what a dispute needs.
type Chip struct {
	ResponseCode string `json:"response_code"`
	Cryptogram   string `json:"cryptogram"`
	Kind         string `json:"kind"` // TC, ARQC or AC
	TVR          string `json:"tvr"`
	TSI          string `json:"tsi"` // empty for a card that was tapped
}

// Make makes one copy. The original is the payment that r continues, where it is
// known: a void has no amount of its own.
func Make(r sale.Record, original *sale.Payment, c Copy, shop Shop, duplicate, demo bool) (Receipt, error) {
	if !r.Finished() {
		return Receipt{}, ErrNotCompleted
	}
	p := r.Payment
	out := Receipt{PaymentID: p.ID, Copy: c, Duplicate: duplicate, Demo: demo, Merchant: shop,
		Type: p.Type, Amount: p.Amount, Tip: p.Tip, Cashback: p.Cashback, Currency: p.Currency, Offline: p.Offline,
		Date: p.UpdatedAt.Local().Format("2006-01-02"), Time: p.UpdatedAt.Local().Format("15:04:05")}
	if p.Reference != nil {
		out.Reference = *p.Reference
	}
	if p.Of != nil {
		out.Of = p.Of.String()
	}
	out.result(p)
	out.slip(r.Slip)
	out.card(p.Card, r.Slip)
	out.voided(original)
	if c == Merchant {
		out.Chip = chipOf(r.Slip, p)
	}
	return out, nil
}

func (r *Receipt) result(p sale.Payment) {
	switch *p.Outcome {
	case "approved", "partially_approved":
		r.Result = approvedWord(p)
		if p.ApprovedAmount != nil {
			r.ApprovedAmount = *p.ApprovedAmount
			r.Remainder = max(0, p.Amount-r.ApprovedAmount)
		}
	case "declined":
		r.Result = "DECLINED"
	default:
		r.Result = "NOT COMPLETED"
	}
	switch {
	case p.Decline != nil:
		r.Reason = reasons[p.Decline.Category]
	case p.Failure != nil:
		r.Reason = reasons[p.Failure.Code]
	}
}

// approvedWord is what an approval is called, and what has become of it.
func approvedWord(p sale.Payment) string {
	hold := p.Type == payment.TypePreauth.String() || p.Type == payment.TypeIncrement.String()
	released := p.Money == payment.MoneyReleased.String()
	switch {
	case p.Type == payment.TypeVoid.String():
		return "VOIDED"
	case hold && released:
		return "RELEASED"
	case hold:
		return "HELD"
	case released:
		return "VOIDED"
	}
	return "APPROVED"
}

// good reports whether the receipt is of an approval, whatever became of it.
func (r *Receipt) good() bool { return r.Result != "DECLINED" && r.Result != "NOT COMPLETED" }

// voided takes the amount and the card of a void from what it took back.
func (r *Receipt) voided(original *sale.Payment) {
	if r.Type != payment.TypeVoid.String() || original == nil {
		return
	}
	if r.Amount == 0 && original.ApprovedAmount != nil {
		r.Amount = *original.ApprovedAmount
	}
	if r.Card == nil {
		r.card(original.Card, nil)
	}
}

func (r *Receipt) slip(s *sale.Slip) {
	if s == nil {
		return
	}
	r.MerchantID, r.TerminalID, r.Batch = s.MerchantID, s.TerminalID, s.Batch
	r.STAN, r.RRN, r.ApprovalCode = s.STAN, s.RRN, s.ApprovalCode
	if s.Date != "" {
		r.Date, r.Time = s.Date, s.Time
	}
	if r.good() {
		r.Verification, r.Signature = verification(s.CVM)
	}
}

// verification claims only what the CVM result says.
func verification(cvm string) (words string, signature bool) {
	switch cvm {
	case "online_pin", "offline_pin":
		return "PIN verified", false
	case "device":
		return "Verified on the customer's device", false
	case "signature":
		return "Signature", true
	case "no_cvm":
		return "No PIN", false
	}
	return "", false
}

func (r *Receipt) card(c *sale.Card, s *sale.Slip) {
	if c == nil {
		return
	}
	r.Card = &Card{Brand: c.Brand, Masked: c.Masked, Sequence: c.Sequence, EntryMode: c.EntryMode}
	if s != nil {
		r.Card.Label, r.Card.AID = s.Label, s.AID
	}
}

// chipOf is nil where no application on a chip had a say: a stripe, a keyed card.
func chipOf(s *sale.Slip, p sale.Payment) *Chip {
	if s == nil || s.AID == "" {
		return nil
	}
	return &Chip{ResponseCode: s.ResponseCode, Cryptogram: s.Cryptogram, Kind: kindOf(s, p), TVR: s.TVR, TSI: s.TSI}
}

// kindOf names the cryptogram (EMV 4.4 Book 3, clause 6.5.5.4). A TC is claimed only of
// a card that has completed. A tapped card leaves before the answer, so that what
// is known of it is the ARQC that the issuer was asked with. Of the rest it is not
// known here whether the card refused at the end or was gone: AC names neither.
func kindOf(s *sale.Slip, p sale.Payment) string {
	tapped := p.Card != nil && p.Card.EntryMode == payment.EntryModeContactless.String()
	refused := p.Decline != nil && p.Decline.Category == payment.DeclineChipDeclined.String()
	switch {
	case s.Completed:
		return "TC"
	case tapped && !refused:
		return "ARQC"
	}
	return "AC"
}

// reasons is read-only: what a receipt says beside DECLINED or NOT COMPLETED.
var reasons = map[string]string{
	"try_again": "Please try again", "other_card": "Use another card", "wrong_pin": "Wrong PIN",
	"insufficient_funds": "Insufficient funds", "call_issuer": "Call the card's bank",
	"pickup": "Use another card", "chip_declined": "Declined by the card",
	"not_supported": "Card not supported", "declined": "Declined by the card's bank",
	"canceled_by_merchant": "Canceled", "canceled_by_customer": "Canceled by the customer",
	"card_timeout": "No card in time", "pin_timeout": "No PIN in time", "card_removed": "Card removed too early",
	"card_error": "Card could not be read", "card_not_accepted": "Card not accepted",
	"reader_unavailable": "Reader not available", "pinpad_unavailable": "PIN pad not available",
	"host_unavailable": "Bank not reachable", "host_timeout": "No answer from the bank",
	"host_invalid_answer": "No valid answer from the bank", "card_did_not_complete": "Card did not complete",
	"interrupted": "Interrupted", "envelope_refused": "Card data refused", "internal": "Terminal error",
	"not_a_payment_card": "Not a payment card",
}
