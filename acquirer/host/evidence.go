package host

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/hsm"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// evidence is what the elements say of a sale. It is gathered before the
// transaction begins, which would hold up every other message meanwhile, and
// weighed inside it.
type evidence struct {
	entry
	fault   string // DE 39 that it decides alone, or empty
	account *hsm.Account
	card    issuer.Reference

	verified bool // cryptogram, code or value, whichever the entry mode has
	hasPIN   bool
	rightPIN bool
	silent   bool   // the issuer's scenario
	reason   reason // why the issuer declined
}

func (e *evidence) wipe() {
	if e.account != nil {
		e.account.Wipe()
	}
}

// examine asks the elements about a sale. A failing element is the fault 96.
func (h *Host) examine(ctx context.Context, q *request) (e evidence) {
	var err error
	if e.entry, e.fault = parseEntry(q); e.fault != "" {
		return e
	}
	sealed := hostspec.FindPrivate(q.private, hostspec.PrivateAccount)
	e.account, err = h.hsm.Account(ctx, q.ksn, sealed)
	if err == nil && !e.account.Fits(e.mode.Content()) {
		err = hsm.ErrAccount
	}
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
	err = h.db.View(ctx, func(tx *database.Tx) error {
		card, err = issuer.Find(ctx, tx, e.card)
		return err
	})
	if err != nil {
		return err
	}
	switch err = h.verify(ctx, e, card, pan); {
	case err == nil:
		e.verified = true
	case !errors.Is(err, hsm.ErrCryptogram) && !errors.Is(err, hsm.ErrValue):
		return err
	}
	return h.examinePIN(ctx, q, e, card, pan)
}

// verify asks about what proves the card under its entry mode. The printed value
// is not compared once its tries are used up.
func (h *Host) verify(ctx context.Context, e *evidence, card issuer.Card, pan []byte) error {
	switch {
	case e.chip != nil:
		_, err := h.hsm.Answer(ctx, e.chip.question(pan, card, element.MethodNone, hostspec.ResponseApproved))
		return err
	case e.checksum != nil:
		return h.hsm.CheckChecksum(ctx, e.account, pan, card.PSN, card.ChecksumTrack, hsm.Checksum(*e.checksum))
	case e.mode != hostspec.EntryKeyed:
		return h.hsm.CheckStripe(ctx, e.account, pan)
	case card.PrintTries == 0:
		return hsm.ErrValue
	}
	return h.hsm.CheckPrinted(ctx, e.account, pan)
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
