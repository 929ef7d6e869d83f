//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/internal/estate/bureau"
	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// bench is a lane with somebody who pays there.
type bench struct {
	*lane
	cards map[string]bureau.Card
	count int64 // of payments
}

// Each payment has an amount of its own: below the limit up to which a tap needs no
// PIN, or this much more, below those of sound sales.
const (
	smallFrom = 10_00
	largeFrom = 100_00
)

func newBench(l *lane) *bench {
	l.attended = true
	return &bench{lane: l, cards: map[string]bureau.Card{}}
}

// attend types the PIN and chooses the first application, whenever asked.
func (b *bench) attend(ctx context.Context) {
	screen, err := b.pad.Screen(ctx)
	for ctx.Err() == nil {
		switch {
		case err != nil:
			_ = pause(ctx, slotLook/20)
		case screen.State == "pin" && screen.Dots == 0:
			_ = b.pad.enter(ctx, demoPIN) // a card that has left ends it
		case screen.State == "choice":
			_ = b.pad.Press(ctx, "1")
		}
		if err != nil {
			screen, err = b.pad.Screen(ctx)
		} else {
			screen, err = b.pad.Change(ctx, screen.Seq)
		}
	}
}

// cardOf makes one card of each kind for this lane.
func (b *bench) cardOf(ctx context.Context, who virtualcard.Personality) (virtualcard.Profile, error) {
	if c, ok := b.cards[who.Name]; ok {
		return c.Profile, nil
	}
	c, err := b.estate.NewCard(ctx, bureau.Order{Name: who.Name, Personality: who.Name, PIN: demoPIN, Balance: 1_000_000_00})
	b.cards[who.Name] = c
	return c.Profile, err
}

// pay makes one payment with its pull and collects what each side says of it.
func (b *bench) pay(ctx context.Context, p pull) (r report, err error) {
	r.pull = p
	card, err := b.cardOf(ctx, p.who)
	if err != nil {
		return r, err
	}
	if _, err = b.tray.places.Story(ctx, card); err != nil {
		return r, err
	}
	b.count++
	amount := smallFrom + b.count
	if p.large {
		amount += largeFrom
	}
	begun, err := b.till.pay(ctx, newKey(), amount)
	if err == nil {
		err = b.present(p.profile(card), p.who.Interface == virtualcard.Contactless)
	}
	if err == nil {
		err = b.follow(ctx, &r, begun, card)
	}
	if err != nil {
		return r, errors.Join(err, b.describe(begun.ID), b.cleanUp(ctx, begun.ID))
	}
	return r, b.collect(ctx, &r, card)
}

func (b *bench) present(c virtualcard.Profile, tap bool) error {
	if tap {
		return b.tray.Tap(c)
	}
	return b.tray.Insert(c)
}

// collect brings the lane to rest and asks the host, the card and the receipt.
func (b *bench) collect(ctx context.Context, r *report, card virtualcard.Profile) error {
	rest, err := b.tray.places.Story(ctx, card)
	if err != nil {
		return err
	}
	r.card.Commands += rest.Commands
	r.card.Cryptograms = append(r.card.Cryptograms, rest.Cryptograms...)
	if err := b.rest(ctx, r.who); err != nil {
		return fmt.Errorf("after the payment: %w", err)
	}
	if r.paid, err = b.till.payment(ctx, r.paid.ID); err != nil {
		return err
	}
	requests, err := b.books.agree(ctx, r.paid)
	for _, q := range requests {
		r.host = append(r.host, q.State)
	}
	if err != nil || r.paid.field("outcome") != "approved" {
		return err
	}
	b.sold.Add(*r.paid.ApprovedAmount)
	var slip struct {
		Chip *chipLine `json:"chip"`
	}
	if err := b.till.get(ctx, "/v1/payments/"+r.paid.ID+"/receipt?copy=merchant", &slip); err != nil {
		return err
	}
	if slip.Chip != nil {
		r.chip = *slip.Chip
	}
	return nil
}

// rest empties slot and field and waits until the lane is quiet. It is so with a
// card in the field, so the field is waited for.
func (b *bench) rest(ctx context.Context, who virtualcard.Personality) error {
	empty := errors.Join(b.tray.Pull(), b.tray.Away())
	if empty == nil && who.Interface == virtualcard.Contactless {
		empty = b.takeOut(ctx)
	}
	return errors.Join(empty, b.till.settle(ctx))
}

// cleanUp ends a payment that went wrong, so that the next pull is not disturbed.
func (b *bench) cleanUp(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pullLimit)
	defer cancel()
	_, _ = b.till.cancel(ctx, id)
	return errors.Join(b.tray.Pull(), b.tray.Away(), b.till.settle(ctx))
}
