package display

import (
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
)

func offline() Screen { return Screen{State: StateOffline, Title: "OUT OF SERVICE"} }

// Offline shows that there is no secure world to work for.
func (d *Display) Offline() { d.show(offline()) }

// Idle is the screen between payments.
func (d *Display) Idle() { d.show(Screen{State: StateIdle, Title: "WELCOME"}) }

// AskPIN asks for the PIN for amount. again says that the last one was wrong,
// last that the card takes only one more.
func (d *Display) AskPIN(amount payment.Amount, currency payment.Currency, again, last bool, digits int) {
	d.show(Screen{
		State: StatePIN, Title: "ENTER PIN", Amount: amount.Text(currency), Note: pinNote(again, last), Dots: digits,
	})
}

func pinNote(again, last bool) string {
	switch {
	case again && last:
		return "WRONG PIN – LAST TRY"
	case again:
		return "WRONG PIN – TRY AGAIN"
	case last:
		return "LAST TRY"
	}
	return ""
}

// PleaseWait keeps the amount on the screen while nothing is asked.
func (d *Display) PleaseWait(amount payment.Amount, currency payment.Currency) {
	d.show(Screen{State: StateWait, Title: "PLEASE WAIT", Amount: amount.Text(currency)})
}

// Canceled says that the cardholder ended the entry.
func (d *Display) Canceled() { d.show(Screen{State: StateResult, Title: "CANCELED"}) }

// TimedOut says that the cardholder took too long.
func (d *Display) TimedOut() { d.show(Screen{State: StateResult, Title: "TIME OUT"}) }

// Mistyped says that what was keyed is no card, after one more try.
func (d *Display) Mistyped() { d.show(Screen{State: StateResult, Title: "CARD NOT VALID"}) }

// EndResult goes back to the idle screen, if a result is still shown.
func (d *Display) EndResult() {
	if d.Screen().State == StateResult {
		d.Idle()
	}
}

// Show puts one of the door's fixed texts on the screen.
func (d *Display) Show(t pinentry.Text) {
	switch t {
	case pinentry.TextWelcome:
		d.Idle()
	case pinentry.TextPleaseWait:
		d.show(Screen{State: StateWait, Title: "PLEASE WAIT"})
	case pinentry.TextOutOfService:
		d.Offline()
	default:
		d.show(Screen{State: StateResult, Title: result(t)})
	}
}

func result(t pinentry.Text) string {
	switch t {
	case pinentry.TextApproved:
		return "APPROVED"
	case pinentry.TextDeclined:
		return "DECLINED"
	case pinentry.TextNotCharged:
		return "NOT CHARGED"
	case pinentry.TextRemoveCard:
		return "REMOVE CARD"
	}
	return ""
}
