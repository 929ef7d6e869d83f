package issuer_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/issuer"
)

func TestWhatIsHeldOrOwedIsNotThere(t *testing.T) {
	in(t, func(ctx context.Context, tx *database.Tx, c issuer.Card) {
		available := func(want int64) {
			t.Helper()
			if got, err := issuer.Available(ctx, tx, c.Reference); err != nil || got != want {
				t.Fatalf("available %d, want %d (%v)", got, want, err)
			}
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(issuer.Hold(ctx, tx, c.Reference, "T", "1", 60))
		available(40)
		if err := issuer.Hold(ctx, tx, c.Reference, "T", "2", 41); !errors.Is(err, issuer.ErrFunds) {
			t.Errorf("held over the balance: %v", err)
		}
		if err := issuer.Debit(ctx, tx, c.Reference, "T", "3", 41); !errors.Is(err, issuer.ErrFunds) {
			t.Errorf("paid with what is held: %v", err)
		}
		must(issuer.Release(ctx, tx, c.Reference, "T", "1", 60))
		must(issuer.Demand(ctx, tx, c.Reference, "T", "1", 60))
		available(40)
		must(issuer.Demand(ctx, tx, c.Reference, "T", "4", 50)) // is not there
		available(-10)
		must(issuer.Credit(ctx, tx, c.Reference, "T", "4", 50))
		available(40)
		if held, err := issuer.Held(ctx, tx); err != nil || held != 0 {
			t.Errorf("held %d (%v)", held, err)
		}
	})
}

func TestNoMoreIsReleasedThanIsHeld(t *testing.T) {
	err := tried(t, func(ctx context.Context, tx *database.Tx, c issuer.Card) error {
		if err := issuer.Hold(ctx, tx, c.Reference, "T", "1", 60); err != nil {
			t.Fatal(err)
		}
		return issuer.Release(ctx, tx, c.Reference, "T", "1", 61)
	})
	if err == nil {
		t.Error("more was released than was held")
	}
}

func TestOneCardsMoneyIsNotSpentTwiceAtOnce(t *testing.T) {
	ctx := context.Background()
	db, c := opened(t)
	var taken atomic.Int64
	var all sync.WaitGroup
	for i := range 8 { // 100 is there: three of these at most
		all.Go(func() {
			err := db.Update(ctx, func(tx *database.Tx) error {
				c, err := issuer.Find(ctx, tx, c.Reference)
				if err != nil {
					return err
				}
				if i%2 == 0 {
					return issuer.Hold(ctx, tx, c.Reference, "T", "1", 30)
				}
				return issuer.Debit(ctx, tx, c.Reference, "T", "1", 30)
			})
			if err == nil {
				taken.Add(1)
			} else if !errors.Is(err, issuer.ErrFunds) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if taken.Load() != 3 {
		t.Errorf("%d times", taken.Load())
	}
}
