package host_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/database"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
)

// rows counts those of a table, beside the host.
func (b *bench) rows(table string) (n int) {
	b.Helper()
	b.beside(func(tx *database.Tx) error {
		return tx.QueryRowContext(b.Context(), `SELECT COUNT(*) FROM `+table).Scan(&n)
	})
	return n
}

// edit changes the books, beside the host.
func (b *bench) edit(statement string) {
	b.Helper()
	b.beside(func(tx *database.Tx) error {
		_, err := tx.ExecContext(b.Context(), statement)
		return err
	})
}

func (b *bench) beside(f func(*database.Tx) error) {
	b.Helper()
	db, err := database.Open(b.Context(), b.path)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(b.Context(), f); err != nil {
		b.Fatal(err)
	}
}

func TestWhatAClosedBatchesRepeatsNeedIsKeptForOneMore(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	var sales []testlane.Message
	sell := func() {
		for range 5 {
			m := b.by(c, testlane.SaleOf(100))
			b.wants(m, approved)
			sales = append(sales, m)
		}
	}
	for i, batch := range []string{"000001", "000002", "000003"} {
		sell()
		b.settles(batch, approved, [8]int64{0, 0, 5, 0, 0, 0, 500, 0})
		b.terminal.NextBatch()
		if i == 0 {
			b.wants(sales[0], approved) // the same bytes
		}
	}
	b.refuses(sales[0], host.RefusalKSN)
	b.wants(b.terminal.Finish(t, sales[0].Fields, c, ""), hostspec.ResponseDuplicate) // and under another one: known still
	b.wants(sales[14], approved)
	b.books(sales[0], 100)
	b.wants(b.terminal.Void(t, sales[0]), approved)
	b.books(sales[0], 0)
	if ksns, messages := b.rows("ksns"), b.rows("messages"); ksns > 12 || messages > 10 {
		t.Errorf("%d key serial numbers and %d answers are kept of 18", ksns, messages)
	}
}
