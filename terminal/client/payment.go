package client

import "time"

// Request asks for a payment. Amounts are minor units: cents.
type Request struct {
	Amount         int64  `json:"amount"`
	Currency       string `json:"currency"`
	Type           string `json:"type,omitempty"`  // sale, which is what is left out, or preauth
	Entry          string `json:"entry,omitempty"` // card_present or keyed
	Tip            int64  `json:"tip,omitempty"`   // of the amount
	Cashback       int64  `json:"cashback,omitempty"`
	PartialAllowed bool   `json:"partial_allowed,omitempty"`
	StoreCard      bool   `json:"store_card,omitempty"`
	Token          string `json:"token,omitempty"` // of a card on file
	Reference      string `json:"reference,omitempty"`
	TimeoutS       int    `json:"timeout_s,omitempty"`
}

// Payment is how a payment stands. Outcome decides, and never changes; Money is the
// cashier's word: none, held, captured, released, refunded or unknown.
type Payment struct {
	ID             string    `json:"id"`
	Version        int64     `json:"version"`
	Type           string    `json:"type"`
	Of             string    `json:"of"`
	Amount         int64     `json:"amount"`
	Currency       string    `json:"currency"`
	Reference      string    `json:"reference"`
	Status         string    `json:"status"`
	Stage          string    `json:"stage"`
	Outcome        string    `json:"outcome"` // empty until completed
	Money          string    `json:"money"`
	ApprovedAmount int64     `json:"approved_amount"`
	HeldAmount     int64     `json:"held_amount"`
	CapturedAmount int64     `json:"captured_amount"`
	RefundedAmount int64     `json:"refunded_amount"`
	Offline        bool      `json:"offline"`
	FollowUps      []string  `json:"follow_ups"`
	Decline        *Decline  `json:"decline"`
	Failure        *Failure  `json:"failure"`
	Advice         []string  `json:"advice"` // while nothing is known
	Card           *Card     `json:"card"`
	CreatedAt      time.Time `json:"created_at"`
	UpdatedAt      time.Time `json:"updated_at"`
}

// Approved reports whether the whole amount or a part of it was approved.
func (p Payment) Approved() bool {
	return p.Outcome == "approved" || p.Outcome == "partially_approved"
}

// Decline is why the issuer or the card refused.
type Decline struct {
	Category     string `json:"category"`
	ResponseCode string `json:"response_code"`
}

// Failure is why a payment ended without the issuer's word.
type Failure struct {
	Code string `json:"code"`
}

// Card is what may be known of the card.
type Card struct {
	Token     string `json:"token"`
	Masked    string `json:"masked"`
	Last4     string `json:"last4"`
	Brand     string `json:"brand"`
	EntryMode string `json:"entry_mode"`
}

// Batch is how a batch stands: open, waiting, closing, closed, or differs.
type Batch struct {
	Batch    int64   `json:"batch"`
	State    string  `json:"state"`
	Pending  int     `json:"pending"`
	Currency string  `json:"currency"`
	Ours     Totals  `json:"ours"`
	Theirs   *Totals `json:"theirs"` // nil until the acquirer has answered
}

// Totals are the sums of one side.
type Totals struct {
	Sales   Sum   `json:"sales"`
	Refunds Sum   `json:"refunds"`
	Net     int64 `json:"net"`
}

// Sum is a number of payments and what they come to.
type Sum struct {
	Count  int   `json:"count"`
	Amount int64 `json:"amount"`
}
