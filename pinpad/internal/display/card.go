package display

import "github.com/strongroom-pos/strongroom/secureworld/payment"

// CardField is what is asked for while a card is keyed in.
type CardField int

// The fields, in the order in which they are asked for.
const (
	FieldNumber CardField = iota
	FieldExpiry
	FieldCode
)

// KeyedEnd are the last four digits of a number that is complete; zero before.
type KeyedEnd [4]byte

// AskCard asks for one field of a card. again says that what was keyed last
// cannot be right.
func (d *Display) AskCard(amount payment.Amount, currency payment.Currency, f CardField, again bool, end KeyedEnd, digits int) {
	s := Screen{State: StateCard, Title: cardTitle(f), Amount: amount.Text(currency), Dots: digits}
	if again {
		s.Note = cardNote(f)
	}
	if end != (KeyedEnd{}) {
		s.Lines = []string{"•••• " + string(end[:])}
	}
	d.show(s)
}

func cardTitle(f CardField) string {
	switch f {
	case FieldNumber:
		return "CARD NUMBER"
	case FieldExpiry:
		return "VALID TO (MMYY)"
	case FieldCode:
		return "SECURITY CODE"
	}
	return ""
}

func cardNote(f CardField) string {
	switch f {
	case FieldNumber:
		return "WRONG NUMBER – TRY AGAIN"
	case FieldExpiry:
		return "WRONG DATE – TRY AGAIN"
	case FieldCode:
		return "TRY AGAIN"
	}
	return ""
}
