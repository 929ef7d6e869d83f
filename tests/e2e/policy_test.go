//go:build linux

package e2e

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/internal/estate"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
)

// TestALaneThatPermitsChipsAloneTakesNoOtherCard signs parameters that permit less
// than the demo's. Keyed payments are refused at once; a tap and a swipe leave the
// lane waiting for its chip.
func TestALaneThatPermitsChipsAloneTakesNoOtherCard(t *testing.T) {
	l := ownLaneWith(t, estate.Options{Parameters: func(d *parameters.Document) {
		d.Policy.Interfaces, d.Policy.Keyed = []string{parameters.InterfaceChip}, false
	}})
	if l == nil {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := l.till.payWith(ctx, newKey(), []byte(`{"amount":3501,"currency":"EUR","entry":"keyed"}`)); codeOf(err) != "type_not_supported" {
		t.Errorf("a keyed payment is answered with %v", err)
	}
	p, err := l.till.pay(ctx, newKey(), 3502)
	if err != nil {
		t.Fatal(err)
	}
	tapped, err1 := l.card("approve")
	swiped, err2 := l.card("stripe")
	inserted, err3 := l.card(soundCard)
	asked := pause(ctx, time.Second) // time for the reader to ask
	err = errors.Join(err1, err2, err3, asked, l.tray.Tap(tapped.Profile), l.tray.places.Swipe(ctx, swiped.Profile), pause(ctx, slotGap))
	if err != nil {
		t.Fatal(err)
	}
	if now, err := l.till.payment(ctx, p.ID); err != nil || now.field("stage") != "present_card" || now.field("status") != "awaiting_card" {
		t.Errorf("after a tap and a swipe: %s, %v", now.summary(), err)
	}
	if err := errors.Join(l.tray.Away(), l.tray.Insert(inserted.Profile), l.typePIN(ctx)); err != nil {
		t.Fatal(err)
	}
	p, err = l.till.follow(ctx, p.ID, paid.done)
	if err == nil {
		err = l.approved(ctx, p)
	}
	if err != nil || p.field("entry") != "chip" {
		t.Errorf("%s, %v", p.summary(), err)
	}
	for amount, want := range map[int64]int{3501: 0, 3502: 1} {
		if list, err := l.books.requests(ctx, amount); err != nil || len(list) != want {
			t.Errorf("the host has %d requests of %d, %v", len(list), amount, err)
		}
	}
	if _, err := l.books.agree(ctx, p); err != nil {
		t.Error(err)
	}
}
