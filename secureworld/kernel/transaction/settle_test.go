package transaction

import (
	"fmt"
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

func (l *lane) settle(e Effect) {
	switch e := e.(type) {
	case BuildSettle:
		l.events = append(l.events, SettleBuilt{RRN: e.Terms.RRN, Frame: []byte(fmt.Sprintf("0500 %d %v", e.Terms.Batch, e.Terms.RRN))})
	case BuildItems:
		l.host.batch.page = e.Page
		l.events = append(l.events, ItemsBuilt{RRN: e.Terms.RRN, Frame: []byte("0600")})
	case CheckSettle:
		t := call.BatchTotals(l.core.books.settling.Totals)
		if l.host.batch.lies {
			t.Sales++
		}
		c := SettleChecked{RRN: e.Terms.RRN, Totalled: call.Totalled{Response: [2]byte(e.Frame), Theirs: t}}
		c.Agreed = string(e.Frame) == "00"
		c.Closed = c.Agreed || string(e.Frame) == "95"
		l.events = append(l.events, c)
	case CheckItems:
		b := &l.host.batch
		c := ItemsChecked{RRN: e.Terms.RRN, Itemised: call.Itemised{Response: [2]byte{'0', '0'}, More: int(b.page)+1 < len(b.pages)}}
		if int(b.page) < len(b.pages) {
			for _, i := range b.pages[b.page] {
				c.Items = hostspec.AppendItem(c.Items, i)
			}
		}
		l.events = append(l.events, c)
	}
}

func (l *lane) settlement(e Send) {
	b := &l.host.batch
	if e.Question.Class == ClassSettlement {
		if len(l.core.reversals)+len(l.core.outbox) > 0 || l.core.active != nil {
			l.t.Fatalf("%s, cut at %d: a batch is closed while something is pending", l.script.name, l.cut)
		}
		if b.frames == nil {
			b.frames = map[string]int{}
		}
		b.frames[string(e.Frame)]++
		l.oneFrameForEachBatch()
	}
	if b.silent > 0 {
		b.silent--
		return
	}
	code := "00"
	switch {
	case b.refuses > 0:
		b.refuses--
		code = "30"
	case b.lies && e.Question.Class == ClassSettlement:
		code = "95"
	}
	l.events = append(l.events, HostFrame{Question: e.Question, Frame: []byte(code)})
}

func (l *lane) oneFrameForEachBatch() {
	if l.host.batch.refuses > 0 {
		return
	}
	seen := map[string]string{}
	for f := range l.host.batch.frames {
		batch := f[:strings.LastIndex(f, " ")]
		if seen[batch] != "" {
			l.t.Fatalf("%s, cut at %d: two 0500 of one batch", l.script.name, l.cut)
		}
		seen[batch] = f
	}
}

func (l *lane) settled2(state mailbox.BatchState) mailbox.BatchView {
	l.t.Helper()
	v, there := l.core.batchView(1)
	if !there || v.State != state {
		l.t.Fatalf("%s, cut at %d: %v, %+v", l.script.name, l.cut, there, v)
	}
	return v
}

// day is what a batch has in these tests.
func day() []lifeStep {
	const ok = payment.OutcomeApproved
	return []lifeStep{{ask(1, 0, payment.TypeSale, 1000), 0, ok}, {ask(2, 1, payment.TypeRefund, 400), 0, ok}, {ask(3, 0, payment.TypeSale, 50), 0, ok},
		{ask(4, 3, payment.TypeVoid, 0), 0, ok}, {ask(5, 0, payment.TypePreauth, 300), 0, ok}, {ask(6, 5, payment.TypeCapture, 200), 0, ok}}
}

func TestABatchIsClosedWithBothSidesTotals(t *testing.T) {
	l := newLane(t, script{})
	l.live(day(), true)
	l.step(Settle{Reply: 900})
	l.run()
	v := l.settled2(mailbox.BatchClosed)
	want := mailbox.Totals{Sales: 2, SalesAmount: 1200, Refunds: 1, RefundsAmount: 400, Voided: 1, VoidedAmount: 50}
	if v.Ours != want || v.Theirs != want || !v.Answered || v.Closed == 0 || l.core.batch != 2 {
		t.Errorf("%+v, batch %d", v, l.core.batch)
	}
	l.live([]lifeStep{{ask(7, 0, payment.TypeSale, 10), 0, payment.OutcomeApproved}, {ask(8, 1, payment.TypeVoid, 0), mailbox.CodeState, 0},
		{ask(9, 1, payment.TypeRefund, 1), 0, payment.OutcomeApproved}}, true)
	if p := l.core.payments[payment.ID{7}]; p.view.Receipt.Batch != 2 {
		t.Errorf("the next payment is of batch %d", p.view.Receipt.Batch)
	}
	l.balanced()
}

func TestDifferencesAreNamedItemByItem(t *testing.T) {
	l := newLane(t, script{})
	l.live(day(), true)
	rrn := func(id byte) uint64 { return uint64(l.core.payments[payment.ID{id}].terms.RRN) }
	l.host.batch.lies = true
	l.host.batch.pages = [][]hostspec.Item{
		{{Kind: hostspec.ItemSale, RRN: rrn(1), Amount: 999}},
		{{Kind: hostspec.ItemCapture, RRN: rrn(6), Amount: 200}, {Kind: hostspec.ItemSale, RRN: 999_999, Amount: 7}},
	}
	l.step(Settle{Reply: 900})
	l.run()
	v := l.settled2(mailbox.BatchDiffers)
	want := []mailbox.Different{
		{Present: true, Kind: mailbox.DifferenceAmount, Type: payment.TypeSale, ID: payment.ID{1}, RRN: payment.RRN(rrn(1)), Ours: 1000, Theirs: 999},
		{Present: true, Kind: mailbox.DifferenceMissing, Type: payment.TypeRefund, ID: payment.ID{2}, RRN: payment.RRN(rrn(2)), Ours: 400},
		{Present: true, Kind: mailbox.DifferenceUnknown, Type: payment.TypeSale, RRN: 999_999, Theirs: 7},
		{},
	}
	if v.Differences != 3 {
		t.Errorf("%d differences", v.Differences)
	}
	for _, again := range []bool{false, true} {
		if again {
			l.boot()
			l.run()
		}
		for i, w := range want {
			l.step(Difference{Reply: 5, Difference: mailbox.Difference{Batch: 1, Index: uint32(i)}})
			if got := l.replies[len(l.replies)-1].Different; got != w {
				t.Errorf("%d: %+v", i, got)
			}
		}
	}
}

func TestASettlementSurvivesAPowerCutAtEveryEffect(t *testing.T) {
	for _, lies := range []bool{false, true} {
		prepare := func(cut int, after bool, again int) *lane {
			l := newLane(t, script{name: "settlement"})
			l.host.batch.lies, l.host.batch.silent = lies, 1
			l.live(day(), true)
			l.host.batch.pages = [][]hostspec.Item{{{Kind: hostspec.ItemSale, RRN: 1, Amount: 1}}, {{Kind: hostspec.ItemSale, RRN: 2, Amount: 1}}}
			if cut > 0 {
				l.cut, l.after, l.again = l.effects+cut, after, 0
				if again > 0 {
					l.again = l.cut + again
				}
			}
			l.script.settle = true
			l.step(Settle{Reply: 900})
			l.script.settle = cut > 0
			return l
		}
		whole := prepare(0, false, 0)
		begun := whole.effects
		whole.run()
		for cut := 1; cut <= whole.effects-begun+3; cut++ {
			for _, again := range []int{0, 3, 9} {
				l := prepare(cut, again == 3, again)
				l.run()
				if _, closed := l.core.batchView(1); l.core.batch == 1 || !closed {
					t.Fatalf("cut at %d: the batch is open", cut)
				}
				state := mailbox.BatchClosed
				if lies {
					state = mailbox.BatchDiffers
				}
				v := l.settled2(state)
				if v.Ours.SalesAmount != 1200 || lies && v.Differences != 4 {
					t.Fatalf("cut at %d: %+v", cut, v)
				}
				l.balanced()
			}
		}
	}
}

func TestABatchThatTheHostRefusesIsOpenAgain(t *testing.T) {
	l := newLane(t, script{})
	l.live(day(), true)
	l.host.batch.refuses = 1
	l.step(Settle{Reply: 900})
	l.run()
	l.settled2(mailbox.BatchOpen)
	l.live([]lifeStep{{ask(7, 0, payment.TypeSale, 10), 0, payment.OutcomeApproved}}, true)
	l.host.batch.frames = nil
	l.step(Settle{Reply: 901})
	l.run()
	if v := l.settled2(mailbox.BatchClosed); v.Ours.SalesAmount != 1210 {
		t.Errorf("%+v", v)
	}
}

// What comes while the totals stand may come again: another code than for a payment that
// cannot be continued.
func TestNothingBeginsWhileABatchIsClosed(t *testing.T) {
	l := newLane(t, script{})
	l.live(day(), true)
	l.step(Settle{Reply: 900})
	for id, s := range []mailbox.Start{ask(20, 0, payment.TypeSale, 1), ask(21, 1, payment.TypeRefund, 1), ask(22, 5, payment.TypeCapture, 1),
		ask(23, 1, payment.TypeVoid, 0), ask(24, 4, payment.TypeVoid, 0)} {
		l.step(Start{Reply: uint64(id), Start: s})
		if got := l.replies[len(l.replies)-1].Refused; got != mailbox.CodeBatch {
			t.Errorf("%v while the batch is closed: %v", s.Type, got)
		}
	}
	l.run()
	l.live([]lifeStep{{ask(21, 1, payment.TypeRefund, 1), 0, payment.OutcomeApproved}, {ask(24, 4, payment.TypeVoid, 0), mailbox.CodeState, 0}}, true)
	l.balanced()
}

func TestABatchWaitsForWhatIsPending(t *testing.T) {
	l := newLane(t, script{})
	l.live(day(), true)
	l.step(HostDown{})
	l.step(Start{Reply: 7, Start: ask(7, 5, payment.TypeCapture, 100)})
	l.drain()
	l.step(Settle{Reply: 900})
	if r := l.replies[len(l.replies)-1].Batch; r.State != mailbox.BatchWaiting || r.Pending != 1 {
		t.Errorf("%+v", r)
	}
	l.run()
	if v := l.settled2(mailbox.BatchClosed); v.Ours.SalesAmount != 1300 {
		t.Errorf("%+v", v)
	}
}

func TestNumbersOfABatchAndOfWhatIsPendingAreNotUsedTwice(t *testing.T) {
	l := newLane(t, script{})
	l.live([]lifeStep{{ask(1, 0, payment.TypePreauth, 1000), 0, payment.OutcomeApproved}}, true)
	l.step(HostDown{})
	l.step(Start{Reply: 1, Start: ask(2, 1, payment.TypeCapture, 10)})
	l.drain()
	pending := l.core.outbox[0].terms.STAN
	l.core.stan = pending - 1
	if stan, _ := l.core.issue(); stan != pending+1 {
		t.Errorf("%v was issued while %v waits", stan, pending)
	}
	l.core.stan = 999_999
	if stan, _ := l.core.issue(); stan != 1 && stan != pending+1 {
		t.Errorf("%v follows the last", stan)
	}
	l.run()
	l.core.issued = MaxNumbers
	l.step(Start{Reply: 2, Start: ask(3, 0, payment.TypeSale, 10)})
	if got := l.replies[len(l.replies)-1].Refused; got != mailbox.CodeBatch {
		t.Errorf("a batch without numbers: %v", got)
	}
	l.core.issued = 0
	l.core.rrn = 999_999_999_999
	l.step(Start{Reply: 3, Start: ask(4, 0, payment.TypeSale, 10)})
	if got := l.replies[len(l.replies)-1].Refused; got != mailbox.CodeKeyExhausted {
		t.Errorf("no RRN is left: %v", got)
	}
}
