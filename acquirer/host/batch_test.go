package host_test

import (
	"fmt"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/host"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/acquirer/internal/testlane"
)

func (b *bench) settles(batch string, want string, totals [8]int64) *codec.Message {
	b.Helper()
	return b.wants(b.terminal.Settle(b, batch, totals), want)
}

func fieldsOf(a *codec.Message) (out string) {
	for _, n := range []int{66, 74, 75, 76, 77, 86, 87, 88, 89, 97} {
		out += fmt.Sprint(n, "=", a.String(n), " ")
	}
	return out
}

func TestABatchIsSettledAndClosed(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	sale := b.by(c, testlane.SaleOf(1_000))
	b.wants(sale, approved)
	voided := b.by(c, testlane.SaleOf(300))
	b.wants(voided, approved)
	b.wants(b.terminal.Void(t, voided), approved)
	unknown := b.by(c, testlane.SaleOf(400))
	b.wants(unknown, approved)
	b.wants(b.terminal.Reversal(t, hostspec.MTIReversal, unknown), approved) // counts nowhere
	hold := b.by(c, testlane.HoldOf(2_000))
	approval := b.wants(hold, approved).String(38)
	b.wants(b.terminal.Capture(t, hold, approval, 1_500, false), approved)
	refund := b.terminal.Return(t, sale, 200)
	b.wants(refund, approved)
	totals := [8]int64{1, 0, 2, 1, 200, 0, 2_500, 300}
	m := b.terminal.Settle(t, "000001", totals)
	a := b.wants(m, approved)
	if got := fieldsOf(a); got != fieldsOf(m.Fields) {
		t.Errorf("%s\nwant %s", got, fieldsOf(m.Fields))
	}
	b.wants(b.terminal.Repeat(t, hostspec.MTISettlement, m), approved)
	b.settles("000001", approved, totals) // under other numbers
	for why, m := range map[string]testlane.Message{
		"sale":    b.by(c, testlane.SaleOf(1)),
		"capture": b.terminal.Capture(t, hold, approval, 1, false),
		"return":  b.terminal.Return(t, sale, 1),
		"offline": b.by(c, testlane.OfflineOf(1)),
	} {
		if got := b.ask(m).String(39); got != hostspec.ResponseFormatError {
			t.Errorf("%s in a closed batch: %s", why, got)
		}
	}
	b.wants(b.terminal.Void(t, refund), approved) // of the closed batch: counts in the open one
	b.settles("000001", approved, totals)
	b.terminal.NextBatch()
	b.wants(b.by(c, testlane.SaleOf(50)), approved)
	b.settles("000002", approved, [8]int64{0, 1, 1, 0, 0, 200, 50, 0})
}

// The terminal's own closing agrees all the same, since what was refused is in neither
// side's totals.
func TestWhatComesForABatchThatTheHostHasClosedIsRefused(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	hold := b.by(c, testlane.HoldOf(500))
	approval := b.wants(hold, approved).String(38)
	if err := b.host.Foreclose(t.Context(), host.Foreclosed{TerminalID: b.terminal.ID, Batch: 1}); err != nil {
		t.Fatal(err)
	}
	late := b.terminal.Capture(t, hold, approval, 200, true)
	b.wants(late, hostspec.ResponseFormatError)
	b.has(last4, 10_000, 500)
	b.settles("000001", approved, [8]int64{})
	b.terminal.NextBatch()
	b.wants(b.terminal.Repeat(t, hostspec.MTIAdviceRepeat, late), hostspec.ResponseFormatError)
	b.wants(b.terminal.Capture(t, hold, approval, 200, true), approved)
	b.settles("000002", approved, [8]int64{0, 0, 1, 0, 0, 0, 200, 0})
}

func TestTotalsThatDifferCloseTheBatchAndAreNamedItemByItem(t *testing.T) {
	b := newBench(t)
	c := b.issuedCard()
	b.wants(b.by(c, testlane.SaleOf(100, testlane.Token(1))), approved)
	for range hostspec.ItemsPerPage {
		b.wants(b.terminal.Stored(t, 10, testlane.Token(1)), approved)
	}
	hold := b.by(c, testlane.HoldOf(500))
	approval := b.wants(hold, approved).String(38)
	b.wants(b.terminal.Capture(t, hold, approval, 500, true), approved)
	b.wants(b.by(c, testlane.RefundOf(7)), approved)
	wrong := b.terminal.Settle(t, "000001", [8]int64{})
	a := b.wants(wrong, hostspec.ResponseReconcile)
	if a.String(66) != hostspec.BalanceOut || a.String(76) != "0000000030" || a.String(88) != "0000000000000880" || a.String(97) != "D0000000000000873" {
		t.Errorf("%s", fieldsOf(a))
	}
	if got := b.wants(b.terminal.Repeat(t, hostspec.MTISettlement, wrong), hostspec.ResponseReconcile); fieldsOf(got) != fieldsOf(a) {
		t.Error("another answer")
	}
	b.wants(b.by(c, testlane.SaleOf(1)), hostspec.ResponseFormatError) // closed all the same
	listed, err := b.host.Transactions(t.Context(), 0)
	if err != nil || len(listed) < 3 || listed[0].Kind != "refund" || listed[2].Kind != "hold" || listed[2].Captured != 500 || listed[1].Original != listed[2].RRN {
		t.Errorf("%+v, %v", listed, err)
	}
	if earlier, err := b.host.Transactions(t.Context(), listed[1].Number); err != nil || len(earlier) != len(listed)-2 || earlier[0] != listed[2] {
		t.Errorf("%d before %d, %v", len(earlier), listed[1].Number, err)
	}
	batches, err := b.host.Batches(t.Context())
	if err != nil || len(batches) != 1 || !batches[0].Closed || batches[0].Agreed || batches[0].Net != 873 {
		t.Errorf("%+v, %v", batches, err)
	}
	var all []hostspec.Item
	for page := uint16(0); ; page++ {
		a := b.wants(b.terminal.Items(t, "000001", page), approved)
		raw, _ := a.Get(48)
		private, _ := hostspec.ParsePrivate(raw)
		items, err := hostspec.ParseItems(hostspec.FindPrivate(private, hostspec.PrivateItems))
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, items...); hostspec.FindPrivate(private, hostspec.PrivateMore)[0] == 0 {
			break
		}
	}
	sum := map[hostspec.ItemKind]int64{}
	for _, i := range all {
		sum[i.Kind] += i.Amount
	}
	if len(all) != 31 || sum[hostspec.ItemSale] != 380 || sum[hostspec.ItemCapture] != 500 || sum[hostspec.ItemRefund] != 7 {
		t.Errorf("%d items, %v", len(all), sum)
	}
	bad := b.terminal.Settle(t, "000002", [8]int64{})
	bad.Fields.SetString(97, "D0000000000000001")
	b.wants(b.terminal.Repeat(t, hostspec.MTISettlement, bad), hostspec.ResponseFormatError)
}
