// Package display is the reader's own display: fixed texts and an amount in its
// one written form, as lines on a writer. Nobody can put a text of their own on
// it, so no prompt can be borrowed.
//
// Only the reader imports it. It must never hold account data.
package display

import (
	"fmt"
	"io"
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// Display writes a line for each change. It is safe for concurrent use. The zero
// value shows nothing.
type Display struct {
	Out io.Writer // nil for none

	mu   sync.Mutex
	last string
}

func (d *Display) show(text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.Out == nil || text == d.last {
		return
	}
	d.last = text
	_, _ = fmt.Fprintf(d.Out, "display: %s\n", text)
}

// InsertCard asks for a card for this amount.
func (d *Display) InsertCard(a payment.Amount, c payment.Currency) {
	d.show(a.Text(c) + " · INSERT CARD")
}

// RemoveCardFirst asks that an old card go before a new payment begins.
func (d *Display) RemoveCardFirst(a payment.Amount, c payment.Currency) {
	d.show(a.Text(c) + " · PLEASE REMOVE CARD FIRST")
}

// Reading keeps the amount while the card is read.
func (d *Display) Reading(a payment.Amount, c payment.Currency) {
	d.show(a.Text(c) + " · PLEASE WAIT, DO NOT REMOVE CARD")
}

// EnterPIN sends the cardholder to the PIN pad. Here no PIN can be typed.
func (d *Display) EnterPIN(a payment.Amount, c payment.Currency) {
	d.show(a.Text(c) + " · USE THE PIN PAD")
}

// Ended says that an order ended without the card's word.
func (d *Display) Ended() { d.show("NOT COMPLETED · PLEASE REMOVE CARD") }

// Offline says that there is no secure world to work for.
func (d *Display) Offline() { d.show("OUT OF SERVICE") }

// Show puts one of the door's fixed texts on the display.
func (d *Display) Show(t sred.Text) {
	switch t {
	case sred.TextWelcome:
		d.show("WELCOME")
	case sred.TextApproved:
		d.show("APPROVED · PLEASE REMOVE CARD")
	case sred.TextDeclined:
		d.show("DECLINED · PLEASE REMOVE CARD")
	case sred.TextNotCharged:
		d.show("NOT CHARGED · PLEASE REMOVE CARD")
	case sred.TextWrongPIN:
		d.show("WRONG PIN")
	case sred.TextRemoveCard:
		d.show("PLEASE REMOVE CARD")
	case sred.TextPleaseWait:
		d.show("PLEASE WAIT")
	case sred.TextOutOfService:
		d.Offline()
	}
}
