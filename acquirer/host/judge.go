package host

import (
	"context"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

// judge weighs everything but the balance.
func (h *Host) judge(ctx context.Context, tx *database.Tx, q *request, e *evidence) (issuer.Card, string, error) {
	if e.fault != "" {
		return issuer.Card{}, e.fault, nil
	}
	card, err := issuer.Find(ctx, tx, e.card)
	if err != nil {
		return card, "", err
	}
	asked := ""
	card.Scenario, asked = q.scenario(card.Scenario)
	response, err := h.judgeCard(ctx, tx, q, e, card)
	if err == nil && response == hostspec.ResponseApproved && asked != "" {
		response = asked
	}
	if err == nil && response == hostspec.ResponseApproved && card.Currency != q.message.String(49) {
		response = hostspec.ResponseNotPermitted
	}
	return card, response, err
}

// judgeCard weighs what is the card's: the first fault decides.
func (h *Host) judgeCard(ctx context.Context, tx *database.Tx, q *request, e *evidence, card issuer.Card) (string, error) {
	switch {
	case (e.chip != nil || e.account.HasSequence()) && e.account.PSN != card.PSN || expiryOf(e.account.Expiry) != card.Expiry:
		return hostspec.ResponseNoCard, nil
	case card.Expiry < h.now().Format("0601"):
		return hostspec.ResponseExpired, nil
	}
	response, err := h.judgeEntry(ctx, tx, q, e, card)
	if err != nil || response != hostspec.ResponseApproved {
		return response, err
	}
	if response, err := judgePIN(ctx, tx, e, card); err != nil || response != hostspec.ResponseApproved {
		return response, err
	}
	switch card.Scenario {
	case provisioning.ScenarioDecline:
		return hostspec.ResponseDeclined, nil
	case provisioning.ScenarioRefer:
		if q.kind == kindSale {
			return hostspec.ResponseCallIssuer, nil
		}
	case provisioning.ScenarioNoFunds:
		if !q.kind.gives() && q.kind != kindBalance {
			return hostspec.ResponseInsufficientFunds, nil
		}
	}
	return hostspec.ResponseApproved, nil
}

func (h *Host) judgeEntry(ctx context.Context, tx *database.Tx, q *request, e *evidence, card issuer.Card) (string, error) {
	switch {
	case e.chip != nil:
		return judgeChip(ctx, tx, q, e, card)
	case e.checksum != nil:
		return judgeChecksum(ctx, tx, e, card)
	case e.mode == hostspec.EntryKeyed:
		return judgeKeyed(ctx, tx, e, card)
	}
	return h.judgeStripe(ctx, tx, e, card)
}

// decline notes why.
func (e *evidence) decline(why reason, response string) (string, error) {
	e.reason = why
	return response, nil
}

func judgeChip(ctx context.Context, tx *database.Tx, q *request, e *evidence, card issuer.Card) (string, error) {
	if !e.verified {
		return e.decline(reasonCryptogram, hostspec.ResponseDeclined)
	}
	take := issuer.TakeCryptogram
	if q.kind == kindOffline {
		take = issuer.TakeOffline
	}
	fresh, err := take(ctx, tx, card, e.chip.counter(), e.chip.arqc)
	switch {
	case err != nil:
		return "", err
	case !fresh:
		return e.decline(reasonReplay, hostspec.ResponseDeclined)
	case e.contact() && e.chip.contradicts():
		return e.decline(reasonContradiction, hostspec.ResponseDeclined)
	}
	return hostspec.ResponseApproved, nil
}

func judgeChecksum(ctx context.Context, tx *database.Tx, e *evidence, card issuer.Card) (string, error) {
	if !e.verified {
		return e.decline(reasonChecksum, hostspec.ResponseDeclined)
	}
	fresh, err := issuer.TakeCounter(ctx, tx, card, e.checksum.atc())
	if err == nil && !fresh {
		return e.decline(reasonReplay, hostspec.ResponseDeclined)
	}
	return hostspec.ResponseApproved, err
}

func judgeKeyed(ctx context.Context, tx *database.Tx, e *evidence, card issuer.Card) (string, error) {
	if card.PrintTries == 0 {
		return e.decline(reasonPrintTries, hostspec.ResponseDeclined)
	}
	if err := issuer.CountPrint(ctx, tx, card, e.verified); err != nil {
		return "", err
	}
	if !e.verified {
		return e.decline(reasonPrint, hostspec.ResponseDeclined)
	}
	return hostspec.ResponseApproved, nil
}

// judgeStripe: a card with a chip may be swiped only when its chip has failed,
// and not often.
func (h *Host) judgeStripe(ctx context.Context, tx *database.Tx, e *evidence, card issuer.Card) (string, error) {
	chip, fallback := hasChip(card.ServiceCode), e.mode == hostspec.EntryFallback
	switch {
	case !e.verified:
		return e.decline(reasonStripe, hostspec.ResponseDeclined)
	case e.account.ServiceCode() != card.ServiceCode:
		return e.decline(reasonServiceCode, hostspec.ResponseDeclined)
	case chip && !fallback:
		return e.decline(reasonSwipedChip, hostspec.ResponseNotPermitted)
	case !chip && fallback:
		return e.decline(reasonNoChip, hostspec.ResponseNotPermitted)
	case !fallback:
		return hostspec.ResponseApproved, nil
	}
	allowed, err := issuer.TakeFallback(ctx, tx, card, h.now().UTC().Format("2006-01-02"))
	if err == nil && !allowed {
		return e.decline(reasonFallbacks, hostspec.ResponseFrequency)
	}
	return hostspec.ResponseApproved, err
}

// hasChip reads the first digit of a service code (ISO/IEC 7813).
func hasChip(serviceCode string) bool { return serviceCode[0] == '2' || serviceCode[0] == '6' }

// judgePIN weighs a PIN, and that one is there where the card was told of it.
func judgePIN(ctx context.Context, tx *database.Tx, e *evidence, card issuer.Card) (string, error) {
	switch {
	case card.Tries == 0 && e.hasPIN:
		return hostspec.ResponsePINTries, nil
	case !e.hasPIN && e.chip != nil && e.chip.onlinePIN():
		return hostspec.ResponseFormatError, nil
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
