// Package display is the reader's own display: fixed texts and an amount in its
// one written form, as lines on a writer. Nobody can put a text of their own on
// it, so no prompt can be borrowed.
//
// Only the reader imports it. It must never hold account data.
package display

import (
	"fmt"
	"io"
	"strings"
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

// Present asks for a card for this amount, on the interfaces that are open.
func (d *Display) Present(a payment.Amount, c payment.Currency, open sred.Interfaces) {
	d.show(a.Text(c) + " · " + invitation(open))
}

// invitation names the open interfaces, the quickest first.
func invitation(open sred.Interfaces) string {
	var words []string
	for _, w := range []struct {
		on   sred.Interfaces
		word string
	}{{sred.InterfaceContactless, "TAP"}, {sred.InterfaceChip, "INSERT"}, {sred.InterfaceStripe, "SWIPE"}} {
		if open.Has(w.on) {
			words = append(words, w.word)
		}
	}
	switch n := len(words); n {
	case 0:
		return "PLEASE WAIT"
	case 1:
		return words[0] + " CARD"
	default:
		return strings.Join(words[:n-1], ", ") + " OR " + words[n-1] + " CARD"
	}
}

// ReadAgain says that a card could not be read.
func (d *Display) ReadAgain(a payment.Amount, c payment.Currency) {
	d.show(a.Text(c) + " · NOT READ, PLEASE TRY AGAIN")
}

// UseChip sends a swiped chip card to the slot.
func (d *Display) UseChip(a payment.Amount, c payment.Currency) {
	d.show(a.Text(c) + " · THIS CARD HAS A CHIP, PLEASE INSERT IT")
}

// Choose sends the cardholder to the PIN pad's keys.
func (d *Display) Choose(a payment.Amount, c payment.Currency) {
	d.show(a.Text(c) + " · CHOOSE AT THE PIN PAD")
}

// Authorising: the card may go.
func (d *Display) Authorising(a payment.Amount, c payment.Currency) {
	d.show(a.Text(c) + " · CARD READ, PLEASE WAIT")
}

// Contactless shows a message by its number (EMV Contactless Book A, clause 9.4).
// Those that only repeat what the display shows anyway change nothing.
func (d *Display) Contactless(a payment.Amount, c payment.Currency, message byte, open sred.Interfaces) {
	switch message {
	case 0x18, 0x1C, 0x1D: // another interface, another card, insert
		d.show(a.Text(c) + " · PLEASE " + invitation(open&^sred.InterfaceContactless))
	case 0x19:
		d.show(a.Text(c) + " · PRESENT ONE CARD ONLY")
	case 0x20:
		d.show(a.Text(c) + " · SEE YOUR PHONE")
	case 0x21:
		d.show(a.Text(c) + " · PRESENT CARD AGAIN")
	case 0x16, 0x17, 0x1B:
		d.show(a.Text(c) + " · PLEASE WAIT")
	case 0x15:
		d.Present(a, c, open)
	}
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

// Result shows what a payment came to, and asks for the card that is still there.
func (d *Display) Result(t sred.Text, card bool) {
	words := map[sred.Text]string{sred.TextApproved: "APPROVED", sred.TextDeclined: "DECLINED", sred.TextNotCharged: "NOT CHARGED"}[t]
	if card && words != "" {
		d.show(words + " · PLEASE REMOVE CARD")
		return
	}
	d.Show(t)
}

// Show puts one of the door's fixed texts on the display.
func (d *Display) Show(t sred.Text) {
	switch t {
	case sred.TextWelcome:
		d.show("WELCOME")
	case sred.TextApproved:
		d.show("APPROVED")
	case sred.TextDeclined:
		d.show("DECLINED")
	case sred.TextNotCharged:
		d.show("NOT CHARGED")
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
