package app_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

func (l *lane) follow(change func(*call.Follow)) (got call.Authorised, code call.Code) {
	l.t.Helper()
	q := call.Follow{Terms: l.terms, KSNRequest: l.request, KSNReversal: l.reversal, KSNRepeat: l.repeat,
		Origin: call.Origin{Type: payment.TypeSale, STAN: 7, RRN: 55, Transmission: [5]byte{0x11, 0x20, 0x01, 0x02, 0x03},
			Approval: payment.ApprovalCode([]byte("A1B2C3"))}}
	change(&q)
	return got, l.call(call.OpFollow, q, &got)
}

// followed are the follow-ups, with what hostspec tells each by.
func followed() map[string]struct {
	change           func(*call.Follow)
	mti, first, code string
	original         string
	has, lacks       []int
	elements         []byte
} {
	type row = struct {
		change           func(*call.Follow)
		mti, first, code string
		original         string
		has, lacks       []int
		elements         []byte
	}
	of := func(t payment.Type, transaction byte) func(*call.Follow) {
		return func(q *call.Follow) { q.Terms.Type, q.Terms.TransactionType = t, transaction }
	}
	held := func(t payment.Type) func(*call.Follow) {
		return func(q *call.Follow) { q.Terms.Type, q.Origin.Type, q.Last = t, payment.TypePreauth, true }
	}
	return map[string]row{
		"refund": {of(payment.TypeRefund, 0x20), "0200", "0420", "200000", "0200000007",
			[]int{22, 25, 90}, []int{38, 52, 54, 55}, []byte{hostspec.PrivateOriginal}},
		"increment": {held(payment.TypeIncrement), "0100", "0420", "000000", "0100000007",
			[]int{22, 25, 38, 90}, []int{52, 55}, []byte{hostspec.PrivateOriginal}},
		"stored card": {func(q *call.Follow) { q.Origin, q.Token = call.Origin{}, payment.Token{9} }, "0200", "0420", "000000", "",
			[]int{22, 25}, []int{38, 52, 55, 90}, []byte{hostspec.PrivateToken}},
		"capture": {held(payment.TypeCapture), "", "0220", "000000", "0100000007",
			[]int{38, 90}, []int{22, 25, 55}, []byte{hostspec.PrivateLast, hostspec.PrivateOriginal}},
		"void": {func(q *call.Follow) { q.Void = true }, "", "0420", "000000", "0200000042",
			[]int{38, 90}, []int{22, 25, 55}, []byte{hostspec.PrivateReason}},
	}
}

func TestWhatNeedsNoCardIsToldAsTheHostReadsIt(t *testing.T) {
	for name, c := range followed() {
		t.Run(name, func(t *testing.T) {
			l := newLane(t)
			got, code := l.follow(c.change)
			if code != 0 || (len(got.Request) > 0) != (c.mti != "") || got.Entry != payment.EntryModeStored {
				t.Fatalf("%v, request of %d bytes, %v", code, len(got.Request), got.Entry)
			}
			told, repeat := l.receive(got.Reversal), l.receive(got.Repeat)
			if told.MTI != c.first || repeat.MTI != c.first[:3]+"1" || told.ksn() != l.reversal || repeat.ksn() != l.repeat {
				t.Errorf("%s under %x, %s under %x", told.MTI, told.ksn(), repeat.MTI, repeat.ksn())
			}
			if c.mti != "" {
				told = l.receive(got.Request)
			}
			permit, known := hostspec.PermitOf(told.MTI)
			if !known || !permit.Allows(func(n int) bool { _, has := told.Get(n); return has }) {
				t.Error("not a message that the host permits")
			}
			l.fields(told, c.has, c.lacks, c.elements)
			if told.String(3) != c.code || c.original != "" && told.String(90)[:10] != c.original {
				t.Errorf("processing code %s, original %s", told.String(3), told.String(90))
			}
		})
	}
}

func (l *lane) fields(m received, has, lacks []int, elements []byte) {
	l.t.Helper()
	for _, n := range slices.Concat(has, lacks) {
		if _, there := m.Get(n); there != slices.Contains(has, n) {
			l.t.Errorf("DE %d there: %v", n, there)
		}
	}
	for _, e := range elements {
		if len(m.element(e)) == 0 {
			l.t.Errorf("48.%02x is missing", e)
		}
	}
	if m.element(hostspec.PrivateAccount) != nil {
		l.t.Error("account data of no card")
	}
}

func TestTheAnswerToAFollowUpIsHeldToItsKind(t *testing.T) {
	for name, mti := range map[string]string{"refund": "0210", "increment": "0110"} {
		l := newLane(t)
		got, code := l.follow(followed()[name].change)
		if code != 0 {
			t.Fatal(code)
		}
		followed()[name].change(&call.Follow{})
		q := call.Follow{Terms: l.terms}
		followed()[name].change(&q)
		l.terms = q.Terms
		a := l.replyTo(got.Request, mti, "00")
		a.SetString(38, "A1B2C3")
		if answered, code := l.checked(a); code != 0 || !answered.Approved {
			t.Errorf("%s: %v", name, code)
		}
		a.MTI = map[string]string{"0210": "0110", "0110": "0210"}[mti]
		if _, code := l.checked(a); code != call.CodeAnswer {
			t.Errorf("%s: the other answer: %v", name, code)
		}
	}
}

func TestATipAndCashAreNamedToTheHost(t *testing.T) {
	l := newLane(t)
	l.terms.Tip, l.terms.Cashback, l.terms.TransactionType, l.terms.Partial = 100, 200, 0x09, true
	got, code := l.keyed(keyedCard(t))
	if code != 0 {
		t.Fatal(code)
	}
	m := l.receive(got.Request)
	all, err := hostspec.ParseAdditional([]byte(m.String(54)))
	if err != nil || hostspec.FindAdditional(all, hostspec.AmountTip) != 100 || hostspec.FindAdditional(all, hostspec.AmountCashback) != 200 {
		t.Errorf("%v, %v, %q", err, all, m.String(54))
	}
	if m.String(3) != "090000" || !bytes.Equal(m.element(hostspec.PrivatePartial), []byte{1}) {
		t.Errorf("processing code %s, partial %x", m.String(3), m.element(hostspec.PrivatePartial))
	}
	for code, want := range map[string]payment.Amount{"10": 600, "00": 1234} {
		a := l.approval(got.Request)
		a.SetString(39, code)
		if code == "10" {
			a.SetString(4, "000000000600")
		}
		if answered, c := l.checked(a); c != 0 || !answered.Approved || answered.Amount != want {
			t.Errorf("%s: %v, %+v", code, c, answered.Amount)
		}
	}
	more := l.approval(got.Request)
	more.SetString(39, "10")
	more.SetString(4, "000000001234")
	if _, code := l.checked(more); code != call.CodeAnswer {
		t.Errorf("a part that is the whole: %v", code)
	}
}

func TestTheCardIsKeptUnderItsToken(t *testing.T) {
	l := newLane(t)
	l.terms.Store = true
	got, code := l.keyed(keyedCard(t))
	if code != 0 || !bytes.Equal(l.receive(got.Request).element(hostspec.PrivateToken), got.Token[:]) {
		t.Errorf("%v", code)
	}
}

func TestABatchIsSettledByBothSidesTotals(t *testing.T) {
	l := newLane(t)
	ours := call.BatchTotals{Sales: 3, SalesAmount: 3000, Refunds: 1, RefundsAmount: 4000, Voided: 2, VoidedAmount: 20, Returned: 1, ReturnedSum: 9}
	var out call.Networked
	if code := l.call(call.OpSettle, call.Settle{Terms: l.terms, Totals: ours, KSN: l.request}, &out); code != 0 {
		t.Fatal(code)
	}
	m := l.receive(out.Frame)
	permit, _ := hostspec.PermitOf(m.MTI)
	if m.MTI != "0500" || m.String(97) != "C0000000000001000" || m.String(60) != "000003" ||
		!permit.Allows(func(n int) bool { _, has := m.Get(n); return has }) {
		t.Errorf("%s, net %s, batch %s", m.MTI, m.String(97), m.String(60))
	}
	for code, want := range map[string][2]bool{"00": {true, true}, "95": {true, false}, "30": {}} {
		a := l.replyTo(out.Frame, "0510", code)
		for _, n := range []int{74, 75, 76, 77, 86, 87, 88, 89, 97, 60} {
			a.SetString(n, m.String(n))
		}
		var got call.Totalled
		c := l.call(call.OpCheckSettle, call.CheckSettle{Terms: l.terms, KSN: l.request, Frame: l.pack(a)}, &got)
		if c != 0 || got.Closed != want[0] || got.Agreed != want[1] || want[0] && got.Theirs != ours {
			t.Errorf("%s: %v, %+v", code, c, got)
		}
	}
}

func TestItemsOfABatchAreReadByPages(t *testing.T) {
	l := newLane(t)
	var out call.Networked
	if code := l.call(call.OpItems, call.Items{Terms: l.terms, Page: 2, KSN: l.request}, &out); code != 0 {
		t.Fatal(code)
	}
	m := l.receive(out.Frame)
	if !bytes.Equal(m.element(hostspec.PrivatePage), []byte{0, 2}) || m.MTI != "0600" {
		t.Errorf("%s, page %x", m.MTI, m.element(hostspec.PrivatePage))
	}
	list := hostspec.AppendItem(hostspec.AppendItem(nil, hostspec.Item{Kind: hostspec.ItemSale, RRN: 1, Amount: 2}),
		hostspec.Item{Kind: hostspec.ItemRefund, RRN: 3, Amount: 4})
	for name, c := range map[string]struct {
		items []byte
		want  call.Code
	}{"two": {list, 0}, "none": {nil, call.CodeAnswer}, "cut": {list[:20], call.CodeAnswer}} {
		a := l.replyTo(out.Frame, "0610", "00")
		a.SetString(60, m.String(60))
		a.private = []hostspec.Element{{Tag: hostspec.PrivateItems, Value: c.items}, {Tag: hostspec.PrivateMore, Value: []byte{1}}}
		var got call.Itemised
		code := l.call(call.OpCheckItems, call.CheckItems{Terms: l.terms, KSN: l.request, Frame: l.pack(a)}, &got)
		if code != c.want || code == 0 && (!got.More || !bytes.Equal(got.Items, list)) {
			t.Errorf("%s: %v, %+v", name, code, got)
		}
	}
}

func TestACardThatTakesMoneyMayRefuseItsOwnBooking(t *testing.T) {
	refund := func() *card { return noCVM(t).with(0x9C, []byte{0x20}) }
	for name, c := range map[string]struct {
		card *card
		want call.Code
	}{
		"AAC":  {refund().with(0x9F27, []byte{0x00}), 0},
		"ARQC": {refund(), 0},
		"TC":   {refund().with(0x9F27, []byte{0x40}), call.CodeCardData},
		"sale": {noCVM(t), call.CodeOrder},
	} {
		l := newLane(t)
		l.terms.Type, l.terms.TransactionType = payment.TypeRefund, 0x20
		got, code := l.authorise(c.card, false)
		if code != c.want {
			t.Errorf("%s: %v", name, code)
		}
		if code == 0 && l.receive(got.Request).String(3) != "200000" {
			t.Errorf("%s: not a refund", name)
		}
	}
}

func TestCashIsWhatTheCardWasToldOf(t *testing.T) {
	for name, other := range map[string][]byte{"the same": {0, 0, 0, 0, 2, 0}, "none": make([]byte, 6), "more": {0, 0, 0, 0, 3, 0}} {
		l := newLane(t)
		l.terms.Cashback, l.terms.TransactionType = 200, 0x09
		_, code := l.authorise(noCVM(t).with(0x9C, []byte{0x09}).with(0x9F03, other), false)
		if (code == 0) != (name == "the same") {
			t.Errorf("%s: %v", name, code)
		}
	}
}
