package transaction

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Prepared is a reversal that a host has not confirmed, or what else he must be told, as it is handed to people
// when this device will not send it any more. It holds no account data: the message
// carries them sealed for the acquirer.
type Prepared struct {
	ID       payment.ID
	STAN     payment.STAN
	RRN      payment.RRN
	Amount   payment.Amount
	Currency payment.Currency
	Masked   payment.MaskedPAN
	Date     payment.Date
	Time     payment.Time
	Message  []byte // complete, with its MAC: the 0420 or 0220, or their repeat where that may have left
}

// prepared lists the reversals that are pending, then what the host must be told, and that of the payment under way
// if its request may have left. Oldest first.
func (c *Core) prepared() []Prepared {
	open := append(c.reversals[:len(c.reversals):len(c.reversals)], c.outbox...)
	if p := c.active; p != nil && p.intent != nil && (p.told == nil || p.told.Approved) {
		open = append(open[:len(open):len(open)], p)
	}
	var out []Prepared
	for _, p := range open {
		message := p.intent.Reversal
		if p.repeats {
			message = p.intent.Repeat
		}
		out = append(out, Prepared{ID: p.view.ID, STAN: p.terms.STAN, RRN: p.terms.RRN, Amount: p.view.Amount, Currency: p.view.Currency,
			Masked: p.view.Card.Masked, Date: p.view.Receipt.Date, Time: p.view.Receipt.Time, Message: bytes.Clone(message)})
	}
	return out
}
