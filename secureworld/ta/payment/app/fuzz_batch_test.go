package app_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/app"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

// totalFields are DE 74 to 77 and 86 to 89 with their widths, in the order of a 0510.
func totalFields() [][2]int {
	return [][2]int{{74, 10}, {75, 10}, {76, 10}, {77, 10}, {86, 16}, {87, 16}, {88, 16}, {89, 16}}
}

// theirs are totals of a batch, digits after digits.
func theirs() (digits string) {
	for i, n := range []int{1, 0, 2, 1, 100, 0, 1000, 50} {
		digits += fmt.Sprintf("%0*d", totalFields()[i][1], n)
	}
	return digits
}

func twoItems() []byte {
	return hostspec.AppendItem(hostspec.AppendItem(nil, hostspec.Item{Kind: hostspec.ItemSale, RRN: 1, Amount: 2}),
		hostspec.Item{Kind: hostspec.ItemRefund, RRN: 3, Amount: 4})
}

// batchAnswer starts an answer to saleTerms under hostKSN(1).
func batchAnswer(mti, response string, elements ...hostspec.Element) *codec.Message {
	m := codec.NewMessage(mti)
	for number, value := range map[int]string{7: "1121085807", 11: "000042", 12: "095807", 13: "1121",
		37: "000000000777", 39: response, 41: "TERM0001", 42: "MERCHANT0000001"} {
		m.SetString(number, value)
	}
	ksn := hostKSN(1)
	m.Set(48, hostspec.AppendPrivate(nil, append([]hostspec.Element{{Tag: hostspec.PrivateKSN, Value: ksn[:]}}, elements...)...))
	return m
}

// packed is a message with zeros for a MAC, nil where it has no wire form.
func packed(m *codec.Message) []byte {
	b, err := codec.New().Pack(m)
	if err != nil || len(b) > call.MaxFrame {
		return nil
	}
	return b
}

// plainTotals is an 0510; digits that are too few leave fields out.
func plainTotals(t testing.TB, response, digits, net string) []byte {
	t.Helper()
	m := batchAnswer(hostspec.MTISettlementAnswer, response)
	m.SetString(49, "978")
	m.SetString(66, hostspec.BalanceOut)
	for _, f := range totalFields() {
		if len(digits) < f[1] {
			break
		}
		m.SetString(f[0], digits[:f[1]])
		digits = digits[f[1]:]
	}
	if net != "" {
		m.SetString(97, net)
	}
	return packed(m)
}

// plainItems is an 0610.
func plainItems(t testing.TB, response string, items, more []byte) []byte {
	t.Helper()
	if len(items)+len(more) > 900 { // more than DE 48 has
		return nil
	}
	return packed(batchAnswer(hostspec.MTIItemsAnswer, response,
		hostspec.Element{Tag: hostspec.PrivateItems, Value: items}, hostspec.Element{Tag: hostspec.PrivateMore, Value: more}))
}

// asked does one operation of a new instance, and reads its answer.
func asked(t *testing.T, op uint32, question, answer any) call.Code {
	t.Helper()
	request, err := frame.Append(nil, question)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, 8192)
	n, code := app.New(open{}).Handle(op, request, out)
	if code == 0 {
		if err := frame.Parse(out[:n], answer); err != nil {
			t.Fatal(err)
		}
	}
	return call.Code(code)
}

// FuzzTotals: whatever totals a host answers, what is read of them is what he wrote.
func FuzzTotals(f *testing.F) {
	f.Add("00", theirs(), "D0000000000000900")
	f.Add("95", theirs(), "")
	f.Add("30", "", "")
	f.Add("95", theirs()[:90], "C0000000000000000")
	f.Add("00", string(bytes.Repeat([]byte{'9'}, 104)), "D9999999999999999")
	f.Fuzz(func(t *testing.T, response, digits, net string) {
		b := plainTotals(t, response, digits, net)
		if b == nil {
			return
		}
		var got call.Totalled
		code := asked(t, call.OpCheckSettle, call.CheckSettle{Terms: saleTerms(), KSN: hostKSN(1), Frame: b}, &got)
		if code != 0 && code != call.CodeAnswer {
			t.Fatal(code)
		}
		if code != 0 || !got.Closed {
			return
		}
		x, again := got.Theirs, ""
		for i, n := range []uint64{uint64(x.Refunds), uint64(x.Returned), uint64(x.Sales), uint64(x.Voided),
			uint64(x.RefundsAmount), uint64(x.ReturnedSum), uint64(x.SalesAmount), uint64(x.VoidedAmount)} {
			again += fmt.Sprintf("%0*d", totalFields()[i][1], n)
		}
		if again != digits[:len(again)] {
			t.Fatalf("%q became %q", digits, again)
		}
	})
}

// FuzzItems: whatever items a host answers, those that are passed on are well formed and
// his.
func FuzzItems(f *testing.F) {
	f.Add("00", twoItems(), []byte{1})
	f.Add("00", []byte{}, []byte{0})
	f.Add("30", twoItems(), []byte{})
	f.Add("00", bytes.Repeat(twoItems(), hostspec.ItemsPerPage), []byte{1})
	f.Fuzz(func(t *testing.T, response string, items, more []byte) {
		b := plainItems(t, response, items, more)
		if b == nil {
			return
		}
		var got call.Itemised
		code := asked(t, call.OpCheckItems, call.CheckItems{Terms: saleTerms(), KSN: hostKSN(1), Frame: b}, &got)
		if code != 0 && code != call.CodeAnswer {
			t.Fatal(code)
		}
		if code != 0 || response != hostspec.ResponseApproved {
			if len(got.Items) > 0 || got.More {
				t.Fatalf("%s, and items", response)
			}
			return
		}
		if _, err := hostspec.ParseItems(got.Items); err != nil || !bytes.Equal(got.Items, items) {
			t.Fatalf("%x became %x: %v", items, got.Items, err)
		}
	})
}

// holding is an instance that waits for the card's own word.
func holding(t testing.TB, terms call.Terms, card [contents.SealedSize]byte) *app.App {
	t.Helper()
	hold, err := frame.Append(nil, call.Authorise{Terms: terms, Envelope: card, KSNRequest: hostKSN(1)})
	if err != nil {
		t.Fatal(err)
	}
	a := app.New(open{})
	if _, code := a.Handle(call.OpAuthorise, hold, make([]byte, 8192)); code != 0 {
		t.Fatal(call.Code(code))
	}
	return a
}

// FuzzComplete: whatever the kernel says of a card's last word, the card is completed
// with its own terms or not at all, and is gone afterwards.
func FuzzComplete(f *testing.F) {
	terms := saleTerms()
	terms.Offline = true
	card := plaintext(f, noCVM(f))
	add := func(q call.Complete) {
		b, err := frame.Append(nil, q)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	whole := call.Complete{Terms: terms, Cryptogram: payment.Cryptogram{7}, IAD: []byte{6, 1, 10, 3}, KSNReversal: hostKSN(2), KSNRepeat: hostKSN(3)}
	add(whole)
	b, err := frame.Append(nil, whole)
	if err != nil {
		f.Fatal(err)
	}
	if _, code := holding(f, terms, card).Handle(call.OpComplete, b, make([]byte, 8192)); code != 0 {
		f.Fatal(call.Code(code)) // the seed reaches the end
	}
	other := whole
	other.Terms.Amount++
	add(other)
	f.Fuzz(func(t *testing.T, request []byte) {
		a, out := holding(t, terms, card), make([]byte, 8192)
		var q call.Complete
		fits := frame.Parse(bytes.Clone(request), &q) == nil && q.Terms == terms
		n, code := a.Handle(call.OpComplete, bytes.Clone(request), out)
		var got call.Authorised
		switch {
		case code == 0 && (!fits || frame.Parse(out[:n], &got) != nil || len(got.Request) > 0 || len(got.Reversal) == 0 || len(got.Repeat) == 0):
			t.Fatalf("fits %v: %+v", fits, got)
		case code != 0 && (n != 0 || call.Code(code).String() == "unknown"):
			t.Fatalf("length %d, code %d", n, code)
		}
		if _, code := a.Handle(call.OpComplete, bytes.Clone(request), out); call.Code(code) != call.CodeNotPermitted {
			t.Fatalf("twice: %v", call.Code(code))
		}
	})
}
