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

// Confirm asks whether it shall be the one label.
func (d *Display) Confirm(amount payment.Amount, currency payment.Currency, label string) {
	d.show(Screen{State: StateChoice, Title: "CONFIRM WITH OK", Amount: amount.Text(currency), Lines: []string{label}})
}
