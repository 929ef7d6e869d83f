package till

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// Request is what a till asks for.
type Request struct {
	Amount    int64  `json:"amount"` // minor units
	Currency  string `json:"currency"`
	Reference string `json:"reference,omitempty"`
	TimeoutS  int    `json:"timeout_s,omitempty"`
}

// Payment is the state of one payment.
type Payment struct {
	ID       string   `json:"id"`
	Version  uint64   `json:"version"`
	Amount   int64    `json:"amount"`
	Currency string   `json:"currency"`
	Status   string   `json:"status"`
	Stage    string   `json:"stage"`
	Outcome  string   `json:"outcome"`
	Money    string   `json:"money"`
	Attempt  int      `json:"attempt"`
	Decline  *Decline `json:"decline"`
	Failure  *Failure `json:"failure"`
	Card     *Card    `json:"card"`
	Entry    string   `json:"entry"` // as asked for: card_present or keyed; how it was read is in Card
	CVM      string   `json:"cvm"`   // how the cardholder was verified; empty until that is known
}

// Decline says why a payment was declined.
type Decline struct {
	Category     string `json:"category"`
	ResponseCode string `json:"response_code"`
}

// Failure says why a payment did not complete.
type Failure struct {
	Code string `json:"code"`
}

// Card is what a till may know of a card.
type Card struct {
	Token     string `json:"token"`
	Masked    string `json:"masked"`
	Last4     string `json:"last4"`
	Brand     string `json:"brand"`
	EntryMode string `json:"entry_mode"` // chip, contactless, contactless_stripe, swipe, fallback, keyed
}

// Completed tells whether the outcome is final.
func (p Payment) Completed() bool { return p.Status == "completed" }

// Receipt is a receipt's data, as far as an operator looks at them.
type Receipt struct {
	Result       string `json:"result"`
	Verification string `json:"verification"`
	ApprovalCode string `json:"approval_code"`
	STAN         string `json:"stan"`
	RRN          string `json:"rrn"`
	TerminalID   string `json:"terminal_id"`
	Chip         *Chip  `json:"chip"`
}

// Chip is what the card said last.
type Chip struct {
	ResponseCode string `json:"response_code"`
	Cryptogram   string `json:"cryptogram"`
	Kind         string `json:"kind"` // TC, ARQC or AC
	TVR          string `json:"tvr"`
	TSI          string `json:"tsi"`
}

// Start begins a payment under an idempotency key.
func (t *Till) Start(ctx context.Context, key string, r Request) (Payment, error) {
	return t.payment(t.ask(ctx, http.MethodPost, "/v1/payments", r, key))
}

// Refund gives back a part of a payment, in minor units of its currency.
func (t *Till) Refund(ctx context.Context, key, id string, amount int64) (Payment, error) {
	return t.payment(t.ask(ctx, http.MethodPost, "/v1/payments/"+id+"/refunds", map[string]int64{"amount": amount}, key))
}

// Payment is a payment's state now.
func (t *Till) Payment(ctx context.Context, id string) (Payment, error) {
	return t.payment(t.ask(ctx, http.MethodGet, "/v1/payments/"+id, nil, ""))
}

// Change waits for a version other than since and returns it, or the same one
// after a long poll.
func (t *Till) Change(ctx context.Context, id string, since uint64) (Payment, error) {
	path := query("/v1/payments/"+id, "wait", number(uint64(longPoll.Seconds())), "since", number(since))
	return t.payment(t.ask(ctx, http.MethodGet, path, nil, ""))
}

// Cancel asks that a payment end without charge.
func (t *Till) Cancel(ctx context.Context, id string) (Payment, error) {
	return t.payment(t.ask(ctx, http.MethodPost, "/v1/payments/"+id+"/cancel", struct{}{}, ""))
}

func (*Till) payment(b []byte, err error) (Payment, error) {
	var p Payment
	if err == nil && json.Unmarshal(b, &p) != nil {
		err = errors.New("till: the terminal's answer is not a payment")
	}
	return p, err
}

// Follow calls see for each change until the payment has completed.
func (t *Till) Follow(ctx context.Context, p Payment, see func(Payment)) (Payment, error) {
	for {
		see(p)
		if p.Completed() {
			return p, nil
		}
		next, err := t.Change(ctx, p.ID, p.Version)
		if err != nil {
			return p, err
		}
		p = next
	}
}

// Receipt is the merchant's copy of a completed payment's receipt: it alone has
// what the chip said.
func (t *Till) Receipt(ctx context.Context, id string) (r Receipt, err error) {
	return r, t.Get(ctx, query("/v1/payments/"+id+"/receipt", "copy", "merchant", "format", "json"), &r)
}

// ReceiptText is the customer's copy, to be printed.
func (t *Till) ReceiptText(ctx context.Context, id string) (string, error) {
	return t.Text(ctx, query("/v1/payments/"+id+"/receipt", "copy", "customer", "format", "text"))
}
