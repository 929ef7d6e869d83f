package host_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
)

// spoil changes the books beside the host.
func (b *bench) spoil(statement string) error {
	b.Helper()
	db, err := database.Open(b.Context(), b.path)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	return db.Update(b.Context(), func(tx *database.Tx) error {
		_, err := tx.ExecContext(b.Context(), statement)
		return err
	})
}

func TestTheTablesThemselvesRefuseMoreThanThereIs(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	b.wants(b.by(c, testlane.SaleOf(100)), approved)
	b.wants(b.by(c, testlane.HoldOf(100)), approved)
	for _, statement := range []string{
		`UPDATE lives SET refunded = captured + 1`, `UPDATE lives SET held = -1`, `UPDATE lives SET captured = -1`,
		`UPDATE reserves SET held = -1`, `UPDATE cards SET balance = -1`, `UPDATE postings SET amount = 1`, `DELETE FROM entries`,
	} {
		if b.spoil(statement) == nil {
			t.Errorf("%s is done", statement)
		}
	}
	b.has(last4, 9_900, 100)
}

func TestBooksThatDoNotAgreeAreNamed(t *testing.T) {
	for _, statement := range []string{
		`INSERT INTO movements (card, terminal, rrn, amount) SELECT card, terminal, rrn, 1 FROM movements LIMIT 1`,
		`UPDATE reserves SET held = held + 1`,
		`UPDATE lives SET held = held + 1 WHERE kind = 'hold'`,
		`UPDATE lives SET captured = captured + 1 WHERE kind = 'hold'`,
		`UPDATE lives SET refunded = refunded + 1 WHERE kind = 'sale'`,
		`UPDATE payments SET state = 'reversed' WHERE id = 1`,
		`INSERT INTO postings (entry, account, amount) VALUES (1, 'merchant:x', 1)`,
	} {
		b := newBench(t)
		c := b.issuedCard()
		sale := b.by(c, testlane.SaleOf(100))
		b.wants(sale, approved)
		hold := b.by(c, testlane.HoldOf(100))
		approval := b.wants(hold, approved).String(38)
		b.wants(b.terminal.Capture(t, hold, approval, 50, false), approved)
		b.wants(b.terminal.Return(t, sale, 30), hostspec.ResponseApproved)
		b.has(last4, 9_880, 50)
		if err := b.spoil(statement); err != nil {
			t.Fatal(statement, err)
		}
		if l, err := b.host.Ledger(t.Context()); err != nil || len(l.Broken) == 0 {
			t.Errorf("%s: nothing is named (%v)", statement, err)
		}
	}
}
