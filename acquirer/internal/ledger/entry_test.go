package ledger_test

import (
	"context"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/ledger"
)

func TestEachKindOfEntryIsUndoneByItsOpposite(t *testing.T) {
	p := ledger.Payment{Terminal: "T", RRN: "1", STAN: "1", Merchant: "M", Currency: "978"}
	for name, c := range map[string]struct {
		entry     ledger.Entry
		net, held int64
	}{
		"sale":              {p.Sale(500, 0), 500, 0},
		"cash":              {p.Sale(500, 200), 500, 0},
		"nothing but cash":  {p.Sale(500, 500), 500, 0},
		"refund":            {p.Refund(500), -500, 0},
		"hold":              {p.Hold(500), 0, 500},
		"release":           {p.Release(500), 0, -500},
		"capture":           {p.Capture(500, 0), 500, -500},
		"capture, the last": {p.Capture(500, 300), 500, -800},
	} {
		db, ctx := open(t), context.Background()
		for _, step := range []struct {
			entry     ledger.Entry
			net, held int64
		}{{c.entry, c.net, c.held}, {c.entry.Opposite(), 0, 0}} {
			if err := post(db, step.entry); err != nil {
				t.Fatal(name, err)
			}
			err := db.Update(ctx, func(tx *database.Tx) error {
				net, err := ledger.Net(ctx, tx, "T", "1")
				if err != nil {
					return err
				}
				held, err := ledger.Held(ctx, tx)
				if net != step.net || held != step.held {
					t.Errorf("%s: net %d, held %d, want %d and %d", name, net, held, step.net, step.held)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
