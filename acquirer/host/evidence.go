package host

import (
	"context"
	"database/sql"
	"errors"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/hsm"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// evidence is what the elements say of a sale. It is gathered before the
// transaction begins, which would hold up every other message meanwhile, and
// weighed inside it.
type evidence struct {
	fault   string // DE 39 that it decides alone, or empty
	account *hsm.Account
	chip    *chip
	card    issuer.Reference

	cryptogram bool // verified
	hasPIN     bool
	rightPIN   bool
	silent     bool // the issuer's scenario
}

func (e *evidence) wipe() {
	if e.account != nil {
		e.account.Wipe()
	}
}

// examine asks the elements about a sale. A failing element is the fault 96.
func (h *Host) examine(ctx context.Context, q *request) (e evidence) {
	var err error
	if e.chip, e.fault = parseChip(q); e.fault != "" {
		return e
	}
	sealed := hostspec.FindPrivate(q.private, hostspec.PrivateAccount)
	e.account, err = h.hsm.Account(ctx, q.ksn, sealed)
	if err != nil {
		e.fault = faultOf(err)
		return e
	}
	e.account.UsePAN(func(pan []byte) { err = h.examineCard(ctx, q, &e, pan) })
	if err != nil {
		e.fault = faultOf(err)
	}
	return e
}

func (h *Host) examineCard(ctx context.Context, q *request, e *evidence, pan []byte) (err error) {
	if e.card, err = h.hsm.Reference(ctx, pan); err != nil {
		return err
	}
	var card issuer.Card
	err = h.db.Update(ctx, func(tx *sql.Tx) error {
		card, err = issuer.Find(ctx, tx, e.card)
		return err
	})
	if err != nil {
		return err
	}
	switch _, err = h.hsm.Answer(ctx, e.chip.question(pan, card, hostspec.ResponseApproved)); {
	case err == nil:
		e.cryptogram = true
	case !errors.Is(err, hsm.ErrCryptogram):
		return err
	}
	return h.examinePIN(ctx, q, e, card, pan)
}

// examinePIN is skipped for a card whose tries are used up: its PIN is no longer
// compared, so that nothing can be learnt of it.
func (h *Host) examinePIN(ctx context.Context, q *request, e *evidence, card issuer.Card, pan []byte) error {
	block, has := q.message.Get(52)
	if e.hasPIN = has; !has || card.Tries == 0 {
		return nil
	}
	ksn, err := dukpt.ParseKSN(hostspec.FindPrivate(q.private, hostspec.PrivatePINKSN))
	if err != nil || ksn.InitialKeyID() != q.terminal.pinKey {
		return nil // another device's PIN is a wrong PIN
	}
	err = h.hsm.CheckPIN(ctx, element.KSN(ksn), element.PINBlock(block), pan, []byte(card.PINOffset))
	if err != nil && !errors.Is(err, hsm.ErrPIN) {
		return err
	}
	e.rightPIN = err == nil
	return nil
}

func faultOf(err error) string {
	switch {
	case errors.Is(err, hsm.ErrAccount):
		return hostspec.ResponseFormatError
	case errors.Is(err, issuer.ErrUnknown):
		return hostspec.ResponseNoCard
	}
	return hostspec.ResponseSystem
}
