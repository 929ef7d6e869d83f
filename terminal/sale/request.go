package sale

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Request is what a till asks for.
type Request struct {
	Type           payment.Type
	Of             payment.ID     // the payment that is continued
	Amount         payment.Amount // minor units, at least 1; 0 for a void and a balance
	Currency       payment.Currency
	Tip            payment.Amount       // of Amount
	Cashback       payment.Amount       // of Amount
	Partial        bool                 // less than Amount may be approved
	Last           bool                 // of a capture: the rest that is held is released
	Store          bool                 // the acquirer keeps the card, to be charged by its token
	Token          payment.Token        // of a card that he keeps
	Approval       payment.ApprovalCode // capture of a referred sale: what the issuer said by voice
	Reference      string               // the till's own words, at most MaxReference bytes; never leaves the app world
	TimeoutSeconds uint16               // how long a card is waited for
	Entry          Entry
}

// Canonical is the one written form of r. What ParseRequest reads from that of a
// sale or a preauth is r again. What is left out by default is not written, so that
// a request has the form, and its key the fingerprint, that it always had.
func (r Request) Canonical() []byte {
	b, err := json.Marshal(struct {
		Type      string `json:"type"`
		Of        string `json:"of,omitempty"`
		Amount    int64  `json:"amount"`
		Currency  string `json:"currency"`
		Capture   string `json:"capture"`
		Entry     Entry  `json:"entry,omitempty"`
		Tip       int64  `json:"tip,omitempty"`
		Cashback  int64  `json:"cashback,omitempty"`
		Partial   bool   `json:"partial_allowed,omitempty"`
		Last      bool   `json:"last,omitempty"`
		Store     bool   `json:"store_card,omitempty"`
		Token     string `json:"token,omitempty"`
		Approval  string `json:"approval_code,omitempty"`
		Reference string `json:"reference,omitempty"`
		Timeout   uint16 `json:"timeout_s"`
	}{r.Type.String(), r.of(), int64(r.Amount), r.Currency.String(), captureOf(r.Type), r.Entry, int64(r.Tip), int64(r.Cashback),
		r.Partial, r.Last, r.Store, r.Token.String(), r.Approval.String(), r.Reference, r.TimeoutSeconds})
	if err != nil {
		panic("sale: internal error: a request does not encode")
	}
	return b
}

func (r Request) of() string {
	if r.Of.Zero() {
		return ""
	}
	return r.Of.String()
}

// captureOf is how the money of a type is taken: at once, or by a capture.
func captureOf(t payment.Type) string {
	if t == payment.TypePreauth || t == payment.TypeIncrement {
		return "manual"
	}
	return "auto"
}

// Fingerprint is SHA-256 of the canonical form; two requests under one key are
// the same question exactly when their fingerprints are equal.
func (r Request) Fingerprint() [32]byte { return sha256.Sum256(r.Canonical()) }

// Start is the command that asks the secure world for r under id.
func (r Request) Start(id payment.ID) mailbox.Start {
	return mailbox.Start{ID: id, Type: r.Type, Of: r.Of, Amount: r.Amount, Currency: r.Currency,
		TimeoutSeconds: r.TimeoutSeconds, Keyed: r.Entry == EntryKeyed, Tip: r.Tip, Cashback: r.Cashback,
		Partial: r.Partial, Last: r.Last, Store: r.Store, Token: r.Token, Approval: r.Approval}
}
