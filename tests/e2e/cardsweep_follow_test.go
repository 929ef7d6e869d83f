//go:build linux

package e2e

import (
	"context"
	"errors"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// follow does what the till's display asks for, until the payment has its end.
func (b *bench) follow(ctx context.Context, r *report, p paid, card virtualcard.Profile) error {
	for version := int64(0); !p.done(); {
		err := b.serve(ctx, r, p, card, p.Version != version)
		if err != nil {
			return err
		}
		version = p.Version
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

// serve does what one display asks for. One that still asks for a card that has come
// has not seen it: a busy machine looks late, and took it for the one that left.
func (b *bench) serve(ctx context.Context, r *report, p paid, card virtualcard.Profile, changed bool) error {
	tap, stage := r.who.Interface == virtualcard.Contactless, p.field("stage")
	switch {
	case stage == "remove_card" && len(r.asked) == 0: // that of the payment before was still seen
		return errors.Join(b.takeOut(ctx), b.present(r.profile(card), tap))
	case r.canceled || !asksAgain(stage):
		return nil
	case changed && stage == "tap_again" && len(r.asked) > 0 && r.asked[len(r.asked)-1] == "see_phone":
		return nil // the second half of one prompt, and the card has come
	case changed:
		return b.asked(ctx, r, p, card)
	}
	return errors.Join(b.takeOut(ctx), b.present(r.returning(card), tap && stage != "insert_or_swipe"))
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
