package display

import (
	"strconv"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Choose asks which of the labels it shall be. The labels come from the card,
// and whoever calls has made sure that they are short and printable.
func (d *Display) Choose(amount payment.Amount, currency payment.Currency, labels []string) {
	s := Screen{State: StateChoice, Title: "CHOOSE", Amount: amount.Text(currency)}
	for i, label := range labels {
		s.Lines = append(s.Lines, strconv.Itoa(i+1)+" "+label)
	}
	d.show(s)
}

// ConfirmRefund asks whether the amount shall be given to a card.
func (d *Display) ConfirmRefund(amount payment.Amount, currency payment.Currency) {
	d.show(Screen{State: StateChoice, Title: "REFUND? CONFIRM WITH OK", Amount: amount.Text(currency)})
}

// Balance shows the cardholder what the card may still spend.
func (d *Display) Balance(amount payment.Amount, currency payment.Currency) {
	d.show(Screen{State: StateResult, Title: "AVAILABLE", Amount: amount.Text(currency)})
}

// Confirm asks whether it shall be the one label.
func (d *Display) Confirm(amount payment.Amount, currency payment.Currency, label string) {
	d.show(Screen{State: StateChoice, Title: "CONFIRM WITH OK", Amount: amount.Text(currency), Lines: []string{label}})
}
