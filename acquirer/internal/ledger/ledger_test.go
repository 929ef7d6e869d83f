package ledger_test

import (
	"context"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/ledger"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testdb"
)

func open(t *testing.T) *database.Database {
	t.Helper()
	db, err := database.Open(context.Background(), testdb.Name(t), ledger.Schema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func post(db *database.Database, e ledger.Entry) error {
	return db.Update(context.Background(), func(tx *database.Tx) error { return ledger.Post(context.Background(), tx, e) })
}

func TestEntriesThatDoNotBalanceAreRefused(t *testing.T) {
	db := open(t)
	for why, postings := range map[string][]ledger.Posting{
		"nothing":          nil,
		"one side":         {{"merchant:a", 1}},
		"unequal sides":    {{"merchant:a", 1}, {"issuer:settlement", -2}},
		"a zero":           {{"merchant:a", 0}, {"issuer:settlement", 0}},
		"no account":       {{"", 1}, {"issuer:settlement", -1}},
		"over the limit":   {{"merchant:a", ledger.MaxAmount + 1}, {"issuer:settlement", -ledger.MaxAmount - 1}},
		"sums that wrap":   {{"a", 1 << 62}, {"b", 1 << 62}, {"c", 1 << 62}, {"d", 1 << 62}},
		"too many to show": make([]ledger.Posting, 9),
	} {
		if err := post(db, ledger.Entry{Payment: ledger.Payment{Currency: "978"}, Postings: postings}); !errors.Is(err, ledger.ErrUnbalanced) {
			t.Errorf("%s: %v", why, err)
		}
	}
	if err := post(db, ledger.Entry{Postings: []ledger.Posting{{"a", 1}, {"b", -1}}}); err == nil {
		t.Error("an entry without a currency was posted")
	}
}

func TestPostedEntriesStay(t *testing.T) {
	db, ctx := open(t), context.Background()
	if err := post(db, ledger.Payment{Terminal: "T", RRN: "1", STAN: "1", Merchant: "M", Currency: "978"}.Sale(5, 0)); err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{
		"UPDATE postings SET amount = 7", "DELETE FROM postings", "UPDATE entries SET kind = 'x'", "DELETE FROM entries",
	} {
		err := db.Update(ctx, func(tx *database.Tx) error { _, err := tx.ExecContext(ctx, change); return err })
		if err == nil {
			t.Errorf("%s: done", change)
		}
	}
}

// TestWhateverIsPostedTheBooksBalance runs random sales and reversals against a
// plain map of what each payment came to.
func TestWhateverIsPostedTheBooksBalance(t *testing.T) {
	db, ctx, run := open(t), context.Background(), 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		terminal := rapid.StringMatching("[A-Z]{4}").Draw(r, "terminal") + string(rune('0'+run%10)) + rapid.StringMatching("[0-9a-f]{16}").Draw(r, "run")
		want := map[string]int64{}
		for range rapid.IntRange(1, 8).Draw(r, "steps") {
			rrn := rapid.SampledFrom([]string{"1", "2", "3"}).Draw(r, "rrn")
			amount := rapid.Int64Range(1, ledger.MaxAmount/100).Draw(r, "amount")
			e := ledger.Payment{Terminal: terminal, RRN: rrn, STAN: "1", Merchant: "M", Currency: "978"}.Sale(amount, 0)
			if rapid.Bool().Draw(r, "back") {
				e, amount = e.Opposite(), -amount
			}
			if err := post(db, e); err != nil {
				r.Fatal(err)
			}
			want[rrn] += amount
		}
		err := db.Update(ctx, func(tx *database.Tx) error {
			for rrn, net := range want {
				if got, err := ledger.Net(ctx, tx, terminal, rrn); err != nil || got != net {
					r.Fatalf("net %d, want %d (%v)", got, net, err)
				}
			}
			if sum, unbalanced, err := ledger.TrialBalance(ctx, tx); err != nil || sum != 0 || unbalanced != 0 {
				r.Fatalf("trial balance %d, %d entries do not balance (%v)", sum, unbalanced, err)
			}
			return nil
		})
		if err != nil {
			r.Fatal(err)
		}
	})
}

func TestAFailedChangeLeavesNothing(t *testing.T) {
	db, ctx := open(t), context.Background()
	failed := errors.New("after the booking")
	err := db.Update(ctx, func(tx *database.Tx) error {
		if err := ledger.Post(ctx, tx, ledger.Payment{Terminal: "T", RRN: "1", STAN: "1", Merchant: "M", Currency: "978"}.Sale(5, 0)); err != nil {
			return err
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	_ = db.Update(ctx, func(tx *database.Tx) error {
		if net, err := ledger.Net(ctx, tx, "T", "1"); err != nil || net != 0 {
			t.Errorf("net %d (%v)", net, err)
		}
		return nil
	})
}
