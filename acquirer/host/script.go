package host

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/hsm"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// script is the template 71 or 72 that waits for a card, nil where none does. It
// goes out once: whether the card did it is known from 9F5B alone. One that no
// element authenticates goes on waiting.
func (h *Host) script(ctx context.Context, tx *database.Tx, q *request, e *evidence, card issuer.Card, pan []byte) ([]byte, error) {
	s, found, err := issuer.Pending(ctx, tx, card.Reference)
	if err != nil || !found {
		return nil, err
	}
	mac, err := h.hsm.Script(ctx, element.ScriptMAC{
		PAN: pan, PSN: card.PSN, ATC: e.chip.atc, ARQC: e.chip.arqc, Header: s.Header, Data: s.Data, Messaging: e.chip.messaging,
	})
	if errors.Is(err, hsm.ErrScript) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	command := append(append(s.Header[:], s.Data...), mac[:]...)
	body := tlv.Append(nil, tlv.Tag9F18IssuerScriptIdentifier, s.Identifier[:])
	body = tlv.Append(body, tlv.Tag86IssuerScriptCommand, command)
	out := tlv.Append(nil, tlv.Tag(s.Template), body)
	if len(out) > hostspec.MaxScripts {
		return nil, nil
	}
	k := q.payment()
	return out, issuer.Send(ctx, tx, s, k.terminal, k.rrn)
}

// settleScripts records what the card said to a script, which comes with an advice
// or a reversal. It is taken each time, since the
// first sending of a reversal may have known less. A
// reversal is never refused for what is wrong with it.
func settleScripts(ctx context.Context, tx *database.Tx, q *request) error {
	raw, ok := q.message.Get(55)
	list, err := tlv.Parse(raw)
	if !ok || err != nil {
		return nil
	}
	results, _ := list.Top(tlv.Tag9F5BIssuerScriptResults)
	k := q.payment()
	for b := results.Value; len(b) >= len(issuer.Result{}); b = b[len(issuer.Result{}):] {
		if err := issuer.Settle(ctx, tx, k.terminal, k.rrn, issuer.Result(b)); err != nil {
			return err
		}
	}
	return nil
}
