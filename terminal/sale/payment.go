// Package sale is the core of the terminal: a payment as the till sees it, how
// it follows the secure world's words, and when an idempotency key means the
// payment that already exists.
//
// It is pure: no clock, no randomness, no I/O. The terminal drives it, and so
// does the simulation; both may import it. States, outcomes and the word for
// the cashier are those of payment; a final outcome never changes.
//
// It must never hold account data: what it knows of a card is what the mailbox
// can say.
package sale

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Payment is the resource of the HTTP interface.
type Payment struct {
	ID              payment.ID       `json:"id"`
	Version         uint64           `json:"version"` // rises with every change
	Type            string           `json:"type"`
	Of              *payment.ID      `json:"of"`       // the payment that is continued
	Amount          payment.Amount   `json:"amount"`   // minor units
	Tip             payment.Amount   `json:"tip"`      // of the amount
	Cashback        payment.Amount   `json:"cashback"` // of the amount
	Currency        payment.Currency `json:"currency"`
	Capture         string           `json:"capture"`
	Entry           Entry            `json:"entry"` // as asked for; how the card was read is in card
	PartialAllowed  bool             `json:"partial_allowed"`
	StoreCard       bool             `json:"store_card"`
	Last            bool             `json:"last"` // of a capture: the rest is released
	Reference       *string          `json:"reference"`
	TimeoutSeconds  uint16           `json:"timeout_s"`
	Status          string           `json:"status"`
	Stage           *string          `json:"stage"`
	Outcome         *string          `json:"outcome"` // null until completed, then final
	Money           string           `json:"money"`
	ApprovedAmount  *payment.Amount  `json:"approved_amount"`
	HeldAmount      payment.Amount   `json:"held_amount"`     // of a preauth: neither captured nor released
	CapturedAmount  payment.Amount   `json:"captured_amount"` // taken in all, refunds not counted
	RefundedAmount  payment.Amount   `json:"refunded_amount"` // given back in all
	Offline         bool             `json:"offline"`         // approved by the card alone; the issuer may still refuse
	FollowUps       []payment.ID     `json:"follow_ups"`      // payments that continue this one, oldest first
	Decline         *Decline         `json:"decline"`
	Failure         *Failure         `json:"failure"`
	CancelRequested bool             `json:"cancel_requested"`
	Attempt         uint8            `json:"attempt"`
	Advice          []string         `json:"advice"` // what the cashier must know while nothing is known
	Card            *Card            `json:"card"`
	CVM             *string          `json:"cvm"` // cardholder verification; null until one is known
	CreatedAt       time.Time        `json:"created_at"`
	UpdatedAt       time.Time        `json:"updated_at"`
}

// Decline is the issuer's or the card's no.
type Decline struct {
	Category     string  `json:"category"`
	ResponseCode *string `json:"response_code"` // DE 39, for the merchant only
}

// Failure says why a payment ended without the issuer's word, or who ended it.
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
	Sequence  uint8  `json:"sequence"`
}

// resolvingAdvice is what a cashier does while the outcome is unknown.
func resolvingAdvice() []string {
	return []string{"do_not_hand_over_goods", "do_not_charge_again", "wait_or_take_cash"}
}

// describe writes what the secure world says of p over what p said before.
func (p Payment) describe(v mailbox.View) Payment {
	p.Status, p.Stage = v.Status.String(), named(v.Stage.String())
	p.Outcome, p.Money = nil, v.Money.String()
	p.Advice = []string{}
	p.ApprovedAmount, p.Decline, p.Failure = nil, declineOf(v), failureOf(v)
	p.CancelRequested = p.CancelRequested || v.CancelRequested || v.Status == payment.StatusCancelRequested
	p.Attempt = v.Attempt
	p.Card, p.CVM = cardOf(v.Card), cvmOf(v.Receipt.CVM)
	p = p.amounts(v)
	if keyed(v) {
		p.Entry = EntryKeyed
	}
	if completed(v) {
		p.Outcome = named(v.Outcome.String())
		p.ApprovedAmount = approvedOf(v)
		return p
	}
	if v.Sent {
		p.Money = payment.MoneyUnknown.String()
	}
	if v.Status == payment.StatusResolving {
		p.Money, p.Advice = payment.MoneyUnknown.String(), resolvingAdvice()
	}
	return p
}

// amounts takes over what may still change when the outcome is final.
func (p Payment) amounts(v mailbox.View) Payment {
	p.HeldAmount, p.CapturedAmount, p.RefundedAmount, p.Offline = v.Held, v.Captured, v.Refunded, v.Offline
	return p
}

// doubt is p while the secure world cannot be asked.
func (p Payment) doubt() Payment {
	p.Status, p.Stage = payment.StatusResolving.String(), nil
	p.Money, p.Advice = payment.MoneyUnknown.String(), resolvingAdvice()
	return p
}

// notCharged is p when the secure world never heard of it.
func (p Payment) notCharged() Payment {
	p.Status, p.Stage = payment.StatusCompleted.String(), nil
	p.Outcome = named(payment.OutcomeNotCharged.String())
	p.Money, p.Advice = payment.MoneyNone.String(), []string{}
	p.Failure = &Failure{Code: payment.FailureInterrupted.String()}
	return p
}

// keyed reports whether the card is keyed in. It tells of payments that the
// journal has lost.
func keyed(v mailbox.View) bool {
	return v.Stage == payment.StageKeyCard || v.Card.EntryMode == payment.EntryModeKeyed
}

// amountless are the types that ask for no money.
func amountless(t payment.Type) bool { return t == payment.TypeVoid || t == payment.TypeBalance }

func completed(v mailbox.View) bool {
	return v.Status == payment.StatusCompleted && v.Outcome != payment.OutcomeNone
}

func approvedOf(v mailbox.View) *payment.Amount {
	if !paid(v.Outcome) || v.Approved == 0 { // a void and a balance are approved without an amount
		return nil
	}
	a := v.Approved
	return &a
}

func declineOf(v mailbox.View) *Decline {
	if v.Decline == payment.DeclineNone {
		return nil
	}
	return &Decline{Category: v.Decline.String(), ResponseCode: named(v.Receipt.ResponseCode.String())}
}

func failureOf(v mailbox.View) *Failure {
	if v.Failure == payment.FailureNone {
		return nil
	}
	return &Failure{Code: v.Failure.String()}
}

func cardOf(c mailbox.Card) *Card {
	if c == (mailbox.Card{}) {
		return nil
	}
	return &Card{Token: c.Token.String(), Masked: c.Masked.String(), Last4: c.Masked.Digits(),
		Brand: c.Brand.String(), EntryMode: c.EntryMode.String(), Sequence: c.Sequence}
}

func cvmOf(c payment.CVM) *string {
	if c == payment.CVMNone {
		return nil
	}
	return named(c.String())
}

func named(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
