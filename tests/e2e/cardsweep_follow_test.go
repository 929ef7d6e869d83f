//go:build linux

package e2e

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// follow does what the till's display asks for, until the payment has its end.
func (b *bench) follow(ctx context.Context, r *report, p paid, card virtualcard.Profile) error {
	var err error
	for !p.done() {
		switch stage := p.field("stage"); {
		case stage == "remove_card" && len(r.asked) == 0: // that of the payment before was still seen
			if err := errors.Join(b.takeOut(ctx), b.present(r.profile(card), r.who.Interface == virtualcard.Contactless)); err != nil {
				return err
			}
		case asksAgain(stage) && !r.canceled:
			if err := b.asked(ctx, r, p, card); err != nil {
				return err
			}
		}
		if p, err = b.till.next(ctx, p); err != nil {
			return err
		}
	}
	r.paid = p
	if len(r.asked) == 0 {
		return b.look(ctx, r)
	}
	return nil
}

// asksAgain: the stages in which the till shows that a card is to come.
func asksAgain(stage string) bool {
	switch stage {
	case "tap_again", "insert_or_swipe", "read_again", "read_error_use_chip", "use_stripe", "see_phone", "one_card_only":
		return true
	}
	return false
}

// asked answers a prompt for another presentation: the card comes again, or the
// till cancels.
func (b *bench) asked(ctx context.Context, r *report, p paid, card virtualcard.Profile) error {
	stage := p.field("stage")
	if len(r.asked) == 0 {
		if err := b.look(ctx, r); err != nil {
			return err
		}
	}
	r.asked = append(r.asked, stage)
	if err := b.takeOut(ctx); err != nil {
		return err
	}
	tap := r.who.Interface == virtualcard.Contactless && stage != "insert_or_swipe"
	if !r.again || len(r.asked) > 1 || stage == "use_stripe" || !tap && card.NoContacts {
		r.canceled = true
		_, err := b.till.cancel(ctx, p.ID)
		return err
	}
	return b.present(r.returning(card), tap)
}

// takeOut empties slot and field, until everybody has looked: a card that came
// before would be taken for the one that left.
func (b *bench) takeOut(ctx context.Context) error {
	return errors.Join(b.tray.Pull(), b.tray.Away(), pause(ctx, slotLook))
}

// look notes whether the first presentation has ended by itself, and its commands.
func (b *bench) look(ctx context.Context, r *report) error {
	slot, err := b.estate.Slot(ctx)
	if err != nil {
		return err
	}
	card := b.cards[r.who.Name].Profile
	if r.card, err = b.tray.places.Story(ctx, card); err != nil {
		return err
	}
	r.left, r.first = !slot.Present && !slot.Field.Present, r.card.Commands
	return nil
}
