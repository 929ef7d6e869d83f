//go:build linux

package command

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/estate/till"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// tapAmount is what the demo's second payment costs, in minor units: below the
// limit above which a tap asks for a PIN.
const tapAmount = 500

// tapOnce taps a card of its own, and sums up.
func (r *Result) tapOnce(ctx context.Context, lane *estate.Lane, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, saleWithin)
	defer cancel()
	card, err := lane.NewCard(ctx, bureau.Order{
		Name: "tapped", Balance: 100 * tapAmount, Chip: virtualcard.Profile{Tap: &virtualcard.Tap{OnlinePIN: true}},
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nA tap of %s\n", euro(tapAmount))
	r.Tap, err = lane.Sell(ctx, estate.Sale{
		Request: till.Request{Amount: tapAmount, Currency: "EUR", Reference: "demo tap"},
		Card:    card, Tapped: true, See: teller(out, time.Now()),
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  %s\n", how(r.Tap))
	r.Tapped = r.Tap.Outcome == "approved" && r.Tap.Card != nil && r.Tap.Card.EntryMode == "contactless"
	r.OK = r.Approved && r.CardCompleted && r.PINVerified && r.LedgerBalanced && r.Tapped
	return nil
}

// how says how the card was read and its holder verified, in the terminal's words
// made readable: "contactless, no PIN".
func how(p till.Payment) string {
	if p.Card == nil {
		return "no card was read"
	}
	text := entries()[p.Card.EntryMode]
	if text == "" {
		text = words(p.Card.EntryMode)
	}
	if cvm, ok := verifications()[p.CVM]; ok {
		text += ", " + cvm
	} else if p.CVM != "" {
		text += ", " + words(p.CVM)
	}
	return text
}

func entries() map[string]string {
	return map[string]string{
		"contactless_stripe": "contactless (stripe data)", "swipe": "swiped", "fallback": "swiped, since the chip failed",
		"keyed": "keyed at the PIN pad",
	}
}

func verifications() map[string]string {
	return map[string]string{
		"online_pin": "PIN", "offline_pin": "PIN, checked by the card", "device": "verified on the customer's device",
		"no_cvm": "no PIN", "failed": "cardholder not verified",
	}
}
