package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/acquirer/provisioning"
)

var errCard = errors.New("host: a card is not described correctly")

// AddCards gives cards to the issuer stand-in. One that is there keeps its
// balance and its tries; its transaction counter begins anew, and a script for
// it waits from now on. Errors name a card by its place only.
func (h *Host) AddCards(ctx context.Context, cards []provisioning.Card) error {
	if len(cards) > maxCards {
		return errCard
	}
	for i, c := range cards {
		if err := h.addCard(ctx, c); err != nil {
			return fmt.Errorf("adding card %d: %w", i+1, err)
		}
	}
	return nil
}

func (h *Host) addCard(ctx context.Context, p provisioning.Card) error {
	if !validCard(p) {
		return errCard
	}
	pan := []byte(p.PAN)
	defer clear(pan)
	ref, err := h.hsm.Reference(ctx, pan)
	if err != nil {
		return err
	}
	c := issuer.Card{
		Reference: ref, PSN: packed(p.PSN)[0], Expiry: p.Expiry, PINOffset: p.PINOffset,
		Currency: p.Currency, Scenario: p.Scenario, ARPCMethod: p.ARPCMethod, RisingATC: !p.ForgetsATC,
		ServiceCode: p.ServiceCode, ChecksumTrack: p.ChecksumTrack, FallbackLimit: p.FallbackLimit,
	}
	setDefaults(&c)
	return h.db.Update(ctx, func(tx *database.Tx) error {
		if err := issuer.Add(ctx, tx, c, p.PAN[len(p.PAN)-4:], p.Balance); err != nil || p.Script == nil {
			return err
		}
		return queue(ctx, tx, c.Reference, *p.Script)
	})
}

func setDefaults(c *issuer.Card) {
	if c.ARPCMethod == 0 {
		c.ARPCMethod = 2
	}
	if c.ServiceCode == "" {
		c.ServiceCode = "201"
	}
	if c.FallbackLimit == 0 {
		c.FallbackLimit = 3
	}
}

func queue(ctx context.Context, tx *database.Tx, card issuer.Reference, p provisioning.Script) error {
	s, err := issuer.NewScript(p)
	if err != nil {
		return errCard
	}
	return issuer.Queue(ctx, tx, card, s)
}

func validCard(p provisioning.Card) bool {
	for _, s := range []string{p.PAN, p.PSN, p.Expiry, p.PINOffset, p.Currency, p.ServiceCode, p.ChecksumTrack} {
		for _, c := range []byte(s) {
			if c < '0' || c > '9' {
				return false
			}
		}
	}
	return len(p.PAN) >= 12 && len(p.PAN) <= 19 && len(p.PSN) == 2 && len(p.Expiry) == 4 && len(p.Currency) == 3 &&
		(p.PINOffset == "" || len(p.PINOffset) >= 4 && len(p.PINOffset) <= 12) &&
		p.Balance >= 0 && p.Scenario.Valid() && p.ARPCMethod <= 2 &&
		(p.ServiceCode == "" || len(p.ServiceCode) == 3) && len(p.ChecksumTrack) <= maxChecksumTrack
}
