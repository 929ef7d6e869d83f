package issuer_test

import (
	"context"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testdb"
)

// opened is a book with one card, whose balance is 100.
func opened(t *testing.T) (*database.Database, issuer.Card) {
	t.Helper()
	ctx := context.Background()
	db, err := database.Open(ctx, testdb.Name(t), issuer.Schema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c := issuer.Card{Reference: issuer.Reference{1}, Expiry: "4912", Currency: "978", ARPCMethod: 2, RisingATC: true}
	err = db.Update(ctx, func(tx *database.Tx) error { return issuer.Add(ctx, tx, c, "1111", 100) })
	if err != nil {
		t.Fatal(err)
	}
	return db, c
}

// tried runs steps on one card with a balance of 100, and returns what they do.
func tried(t *testing.T, steps func(context.Context, *database.Tx, issuer.Card) error) error {
	t.Helper()
	ctx := context.Background()
	db, c := opened(t)
	return db.Update(ctx, func(tx *database.Tx) error {
		c, err := issuer.Find(ctx, tx, c.Reference)
		if err != nil {
			t.Fatal(err)
		}
		return steps(ctx, tx, c)
	})
}

// in is tried, for steps that check themselves.
func in(t *testing.T, steps func(context.Context, *database.Tx, issuer.Card)) {
	t.Helper()
	err := tried(t, func(ctx context.Context, tx *database.Tx, c issuer.Card) error {
		steps(ctx, tx, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestABalanceNeverGoesBelowZero(t *testing.T) {
	in(t, func(ctx context.Context, tx *database.Tx, c issuer.Card) {
		if err := issuer.Debit(ctx, tx, c.Reference, "T", "1", 60); err != nil {
			t.Fatal(err)
		}
		if err := issuer.Debit(ctx, tx, c.Reference, "T", "2", 41); !errors.Is(err, issuer.ErrFunds) {
			t.Errorf("over the balance: %v", err)
		}
		if err := issuer.Credit(ctx, tx, c.Reference, "T", "1", 60); err != nil {
			t.Fatal(err)
		}
		net, err := issuer.Net(ctx, tx, "T", "1")
		if total, _ := issuer.TotalDebits(ctx, tx); err != nil || net != 0 || total != 0 {
			t.Errorf("net %d, total %d (%v)", net, total, err)
		}
	})
}

func TestTriesAreCountedAndRestored(t *testing.T) {
	in(t, func(ctx context.Context, tx *database.Tx, c issuer.Card) {
		for _, step := range []struct {
			right bool
			left  int
		}{{false, 2}, {false, 1}, {true, 3}, {false, 2}, {false, 1}, {false, 0}, {false, 0}} {
			left, err := issuer.CountPIN(ctx, tx, c, step.right)
			if err != nil || left != step.left {
				t.Fatalf("%d left, want %d (%v)", left, step.left, err)
			}
			c.Tries = left
		}
	})
}

func TestACryptogramIsFreshOnceAndACounterRises(t *testing.T) {
	in(t, func(ctx context.Context, tx *database.Tx, c issuer.Card) {
		for _, step := range []struct {
			atc   uint16
			arqc  byte
			fresh bool
		}{{5, 1, true}, {5, 1, false}, {5, 2, false}, {4, 3, false}, {6, 4, true}} {
			c, err := issuer.Find(ctx, tx, c.Reference)
			if err != nil {
				t.Fatal(err)
			}
			fresh, err := issuer.TakeCryptogram(ctx, tx, c, step.atc, [8]byte{step.arqc})
			if err != nil || fresh != step.fresh {
				t.Errorf("counter %d: fresh %v (%v)", step.atc, fresh, err)
			}
		}
	})
}

func TestACardThatIsThereKeepsItsState(t *testing.T) {
	in(t, func(ctx context.Context, tx *database.Tx, c issuer.Card) {
		if err := issuer.Debit(ctx, tx, c.Reference, "T", "1", 60); err != nil {
			t.Fatal(err)
		}
		if err := issuer.Add(ctx, tx, c, "1111", 100); err != nil {
			t.Fatal(err)
		}
		if a, err := issuer.Accounts(ctx, tx); err != nil || len(a) != 1 || a[0].Balance != 40 {
			t.Errorf("%+v (%v)", a, err)
		}
		if _, err := issuer.Find(ctx, tx, issuer.Reference{2}); !errors.Is(err, issuer.ErrUnknown) {
			t.Errorf("an unknown card: %v", err)
		}
	})
}
