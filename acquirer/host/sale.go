package host

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// issuerData is DE 55 of an answer to a card that waits for it: 8A, 91 and a
// script.
func (h *Host) issuerData(ctx context.Context, tx *database.Tx, q *request, e *evidence, card issuer.Card, response string) (out []byte, err error) {
	var authentication, script []byte
	if approves(response) {
		response = hostspec.ResponseApproved // for the card it is one, whole or in part
	}
	e.account.UsePAN(func(pan []byte) {
		authentication, err = h.hsm.Answer(ctx, e.chip.question(pan, card, e.chip.method(card.ARPCMethod), response))
		if err == nil {
			script, err = h.script(ctx, tx, q, e, card, pan)
		}
	})
	var code element.Code
	if errors.As(err, &code) {
		return nil, RefusalElement
	}
	if err != nil {
		return nil, err
	}
	if card.Scenario == provisioning.ScenarioWrongARPC {
		authentication[0] ^= 0xFF
	}
	out = tlv.Append(out, tlv.Tag8AAuthorisationResponseCode, []byte(response))
	out = tlv.Append(out, tlv.Tag91IssuerAuthenticationData, authentication)
	return append(out, script...), nil
}

// manner is how the card's scenario wants the answer delivered.
func (e *evidence) manner(card issuer.Card) Reply {
	switch card.Scenario {
	case provisioning.ScenarioSlow:
		return Reply{Delay: slowScenario}
	case provisioning.ScenarioSilent:
		e.silent = true
	}
	return Reply{}
}

// amount is DE 4: twelve digits, so it always fits.
func (q *request) amount() int64 {
	n, err := strconv.ParseInt(q.message.String(4), 10, 64)
	if err != nil {
		panic("host: internal error: DE 4 is not digits")
	}
	return n
}

// expiryOf is YYMM as the card file has it.
func expiryOf(bcd [2]byte) string { return fmt.Sprintf("%02X%02X", bcd[0], bcd[1]) }
