package host

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/acquirer/internal/ledger"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// sale decides and books a 0200.
func (h *Host) sale(ctx context.Context, tx *sql.Tx, q *request, e *evidence, p hostspec.Permit) (*codec.Message, Reply, error) {
	card, response, err := h.judge(ctx, tx, q, e)
	if err != nil {
		return nil, Reply{}, err
	}
	amount := q.amount()
	if response == hostspec.ResponseApproved {
		if response, err = book(ctx, tx, q, card, amount); err != nil {
			return nil, Reply{}, err
		}
	}
	id, err := h.recordPayment(ctx, tx, q, e, response, amount)
	if err != nil {
		return nil, Reply{}, err
	}
	if err := assess(ctx, tx, q, e); err != nil {
		return nil, Reply{}, err
	}
	answer := q.answer(p, response)
	if response == hostspec.ResponseApproved {
		answer.SetString(38, fmt.Sprintf("%06d", id%1_000_000))
	}
	if e.verified && e.contact() && card.Reference == e.card {
		data, err := h.issuerData(ctx, tx, q, e, card, response)
		if err != nil {
			return nil, Reply{}, err
		}
		answer.Set(55, data)
	}
	return answer, e.manner(card), nil
}

// book moves the money in both books, or says that there is not enough.
func book(ctx context.Context, tx *sql.Tx, q *request, card issuer.Card, amount int64) (string, error) {
	k := q.payment()
	err := issuer.Debit(ctx, tx, card.Reference, k.terminal, k.rrn, amount)
	if errors.Is(err, issuer.ErrFunds) {
		return hostspec.ResponseInsufficientFunds, nil
	}
	if err != nil {
		return "", err
	}
	entry := ledger.Sale(k.terminal, k.rrn, k.stan, q.terminal.merchant, q.message.String(49), amount)
	return hostspec.ResponseApproved, ledger.Post(ctx, tx, entry)
}

// issuerData is DE 55 of an answer to a card that waits for it: 8A, 91 and a
// script.
func (h *Host) issuerData(ctx context.Context, tx *sql.Tx, q *request, e *evidence, card issuer.Card, response string) (out []byte, err error) {
	var authentication, script []byte
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
