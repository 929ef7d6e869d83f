package host

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/acquirer/internal/ledger"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
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
	answer := q.answer(p, response)
	if response == hostspec.ResponseApproved {
		answer.SetString(38, fmt.Sprintf("%06d", id%1_000_000))
	}
	if e.cryptogram && card.Reference == e.card {
		data, err := h.issuerData(ctx, e, card, response)
		if err != nil {
			return nil, Reply{}, err
		}
		answer.Set(55, data)
	}
	return answer, e.manner(card), nil
}

// judge weighs everything but the balance.
func (h *Host) judge(ctx context.Context, tx *sql.Tx, q *request, e *evidence) (issuer.Card, string, error) {
	reversed, err := refusedBefore(ctx, tx, q.payment())
	if err != nil {
		return issuer.Card{}, "", err
	}
	if reversed {
		return issuer.Card{}, hostspec.ResponseDuplicate, nil
	}
	if e.fault != "" {
		return issuer.Card{}, e.fault, nil
	}
	card, err := issuer.Find(ctx, tx, e.card)
	if err != nil {
		return card, "", err
	}
	response, err := h.judgeCard(ctx, tx, e, card)
	if err == nil && response == hostspec.ResponseApproved && card.Currency != q.message.String(49) {
		response = hostspec.ResponseNotPermitted
	}
	return card, response, err
}

func (h *Host) judgeCard(ctx context.Context, tx *sql.Tx, e *evidence, card issuer.Card) (string, error) {
	switch {
	case e.account.PSN != card.PSN || expiryOf(e.account.Expiry) != card.Expiry:
		return hostspec.ResponseNoCard, nil
	case card.Expiry < h.now().Format("0601"):
		return hostspec.ResponseExpired, nil
	case !e.cryptogram:
		return hostspec.ResponseDeclined, nil
	}
	fresh, err := issuer.TakeCryptogram(ctx, tx, card, binary.BigEndian.Uint16(e.chip.atc[:]), e.chip.arqc)
	if err != nil || !fresh {
		return hostspec.ResponseDeclined, err
	}
	if response, err := judgePIN(ctx, tx, e, card); err != nil || response != hostspec.ResponseApproved {
		return response, err
	}
	switch card.Scenario {
	case provisioning.ScenarioDecline:
		return hostspec.ResponseDeclined, nil
	case provisioning.ScenarioNoFunds:
		return hostspec.ResponseInsufficientFunds, nil
	}
	return hostspec.ResponseApproved, nil
}

func judgePIN(ctx context.Context, tx *sql.Tx, e *evidence, card issuer.Card) (string, error) {
	switch {
	case card.Tries == 0 && e.hasPIN:
		return hostspec.ResponsePINTries, nil
	case !e.hasPIN && e.chip.onlinePIN:
		return hostspec.ResponseFormatError, nil // the card was told of a PIN that is not there
	case !e.hasPIN:
		return hostspec.ResponseApproved, nil
	}
	left, err := issuer.CountPIN(ctx, tx, card, e.rightPIN)
	switch {
	case err != nil:
		return "", err
	case e.rightPIN:
		return hostspec.ResponseApproved, nil
	case left == 0:
		return hostspec.ResponsePINTries, nil
	}
	return hostspec.ResponseWrongPIN, nil
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

// issuerData is DE 55 of an answer: 8A and 91.
func (h *Host) issuerData(ctx context.Context, e *evidence, card issuer.Card, response string) (out []byte, err error) {
	var authentication []byte
	e.account.UsePAN(func(pan []byte) {
		authentication, err = h.hsm.Answer(ctx, e.chip.question(pan, card, response))
	})
	if err != nil {
		return nil, RefusalElement
	}
	if card.Scenario == provisioning.ScenarioWrongARPC {
		authentication[0] ^= 0xFF
	}
	out = tlv.Append(out, tlv.Tag8AAuthorisationResponseCode, []byte(response))
	return tlv.Append(out, tlv.Tag91IssuerAuthenticationData, authentication), nil
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
