package host_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
)

// settled is a file's lines without its first one, which has the time.
func (b *bench) settled(number int64) (host.Payout, []string) {
	b.Helper()
	var file bytes.Buffer
	p, err := b.host.Settle(b.Context(), &file, number)
	if err != nil {
		b.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(file.Bytes()))
	r.FieldsPerRecord = -1 // kinds of lines have their own lengths
	lines, err := r.ReadAll()
	if err != nil {
		b.Fatal(err)
	}
	if len(lines) == 0 || lines[0][0] != "H" {
		b.Fatal("no head")
	}
	return p, strings.Split(strings.TrimSpace(file.String()), "\n")[1:]
}

func TestASettlementFileHasEachClosedBatchOnceAndFitsTheLedger(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	if _, err := b.host.Settle(t.Context(), &bytes.Buffer{}, 0); !errors.Is(err, host.ErrNothingToSettle) {
		t.Errorf("with nothing closed: %v", err)
	}
	kept, late := b.by(c, testlane.SaleOf(700)), b.by(c, testlane.SaleOf(300))
	b.wants(kept, approved)
	b.wants(late, approved)
	gone := b.by(c, testlane.SaleOf(40))
	b.wants(gone, approved)
	b.wants(b.terminal.Void(t, gone), approved) // in its own batch: in no file
	b.wants(b.terminal.Return(t, kept, 200), approved)
	b.settles("000001", approved, [8]int64{1, 0, 2, 1, 200, 0, 1000, 40})
	b.terminal.NextBatch()
	b.wants(b.by(c, testlane.SaleOf(5)), approved)

	p, first := b.settled(0)
	if p.Number != 1 || p.Batches != 1 || p.Items != 3 || p.Net["978"] != 800 {
		t.Errorf("%+v", p)
	}
	for i, want := range []string{
		"I,TERM0001,1,MERCHANT0000001,sale,000000000001,000001,0102,978,700",
		"I,TERM0001,1,MERCHANT0000001,sale,000000000002,000002,0102,978,300",
		"I,TERM0001,1,MERCHANT0000001,return,000000000004,000004,0102,978,-200",
		"B,TERM0001,1,", "T,978,800", "E,1,3",
	} {
		if !strings.HasPrefix(first[i], want) {
			t.Errorf("line %d: %s", i, first[i])
		}
	}
	if _, err := b.host.Settle(t.Context(), &bytes.Buffer{}, 0); !errors.Is(err, host.ErrNothingToSettle) {
		t.Errorf("twice: %v", err)
	}

	b.wants(b.terminal.Void(t, late), approved) // its batch is paid out already
	b.settles("000002", approved, [8]int64{0, 0, 1, 1, 0, 0, 5, 300})
	p, second := b.settled(0)
	if p.Number != 2 || p.Net["978"] != -295 || !strings.HasPrefix(second[1], "V,TERM0001,2,MERCHANT0000001,sale,000000000002,000002,0102,978,-300") {
		t.Errorf("%+v %s", p, second)
	}
	if _, again := b.settled(1); strings.Join(again, " ") != strings.Join(first, " ") {
		t.Error("the first file is another one now")
	}
	l, err := b.host.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range l.Balances {
		if a.Account == "merchant:"+testlane.Merchant && a.Amount != 800-295 {
			t.Errorf("the ledger has %d", a.Amount)
		}
	}
	if _, err := b.host.Settle(t.Context(), &bytes.Buffer{}, 9); !errors.Is(err, host.ErrNoPayout) {
		t.Errorf("a file that was never made: %v", err)
	}
}

func TestNothingIsSettledWhereBatchesAndLedgerDiffer(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	b.wants(b.by(c, testlane.SaleOf(700)), approved)
	b.settles("000001", approved, [8]int64{0, 0, 1, 0, 0, 0, 700, 0})
	if err := b.spoil(`UPDATE payments SET amount = amount + 1`); err != nil {
		t.Fatal(err)
	}
	if _, err := b.host.Settle(t.Context(), &bytes.Buffer{}, 0); !errors.Is(err, host.ErrBooksDiffer) {
		t.Errorf("%v", err)
	}
}
