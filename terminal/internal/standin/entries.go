package standin

import (
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Tap is a contactless sale of a chip that is complete with the issuer's answer;
// the card gives no certificate. The first tap is too short.
func Tap(pace time.Duration, cvm payment.CVM) []Step {
	return append([]Step{
		Prompt(pace, payment.StageTapAgain),
		Prompt(pace, payment.StageCardTapped),
		{pace, func(v *mailbox.View) {
			contacting(v)
			card(v, payment.EntryModeContactless, cvm)
			chip(v)
		}},
	}, approve(pace))
}

// Fallback is a sale of a chip that cannot be read, so that its stripe is swiped.
// The customer signs.
func Fallback(pace time.Duration) []Step {
	return append([]Step{
		Prompt(pace, payment.StageReadAgain),
		Prompt(pace, payment.StageUseStripe),
		Prompt(pace, payment.StageCardSwiped),
		{pace, func(v *mailbox.View) {
			contacting(v)
			card(v, payment.EntryModeFallback, payment.CVMSignature)
		}},
	}, approve(pace))
}

// Key is a sale of a card that is keyed in at the PIN pad. Nothing verifies its
// holder.
func Key(pace time.Duration) []Step {
	return []Step{{pace, func(v *mailbox.View) {
		contacting(v)
		card(v, payment.EntryModeKeyed, payment.CVMNone)
	}}, approve(pace)}
}

// Prompt changes nothing but what people are told.
func Prompt(pace time.Duration, s payment.Stage) Step {
	return Step{pace, func(v *mailbox.View) { v.Stage = s }}
}

// card is what is known of one once it is authorised.
func card(v *mailbox.View, mode payment.EntryMode, cvm payment.CVM) {
	v.Card = mailbox.Card{Masked: payment.MaskedPAN{Last4: 10, Length: 16}, Brand: payment.BrandVisa,
		EntryMode: mode, Token: payment.Token{1, 2, 3}}
	v.Receipt.CVM = cvm
	slip(&v.Receipt)
}

func slip(r *mailbox.Receipt) {
	copy(r.TerminalID[:], "LANE0001")
	copy(r.MerchantID[:], "MERCHANT0000001")
	r.Batch, r.STAN, r.RRN = 7, 42, 632509000042
	r.Date, r.Time = payment.Date{Year: 26, Month: 11, Day: 21}, payment.Time{Hour: 10, Minute: 4, Second: 9}
}

// chip is what the application on a card says first: a request cryptogram.
func chip(v *mailbox.View) {
	r := &v.Receipt
	r.AID = payment.NewAID([]byte{0xA0, 0, 0, 0, 0x03, 0x10, 0x10})
	r.Label = payment.NewLabel([]byte("VISA CREDIT"))
	r.Cryptogram = payment.Cryptogram{0x5D, 0x02, 0xE1, 0x9C, 0x40, 0xB7, 0x66, 0xF3}
}

// approve ends a payment that no card has to complete.
func approve(pace time.Duration) Step {
	return Step{pace, func(v *mailbox.View) {
		v.Status, v.Stage, v.Outcome = payment.StatusCompleted, payment.StageApproved, payment.OutcomeApproved
		v.Money, v.Approved = payment.MoneyCaptured, v.Amount
		copy(v.Receipt.ApprovalCode[:], "831204")
		copy(v.Receipt.ResponseCode[:], "00")
	}}
}
