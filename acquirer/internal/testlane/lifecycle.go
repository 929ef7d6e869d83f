package testlane

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
)

// Batch is DE 60 of what comes next.
func (t *Terminal) Batch() string { return fmt.Sprintf("%06d", t.batch+1) }

// NextBatch begins another batch.
func (t *Terminal) NextBatch() { t.batch++ }

// Order is what a terminal asks for with a card.
type Order struct {
	MTI, Processing string
	Amount          int64
	Cash, Tip       int64 // of Amount
	TC              bool  // the card approved
	PIN             string
	Elements        []hostspec.Element // of DE 48 besides
}

// HoldOf is a pre-authorisation.
func HoldOf(amount int64) Order {
	return Order{MTI: hostspec.MTIAuthorisation, Processing: hostspec.ProcessingSale, Amount: amount}
}

// BalanceOf asks for what is there.
func BalanceOf() Order {
	return Order{MTI: hostspec.MTIAuthorisation, Processing: hostspec.ProcessingBalance}
}

// CashOf is a sale with cash.
func CashOf(amount, cash int64) Order {
	return Order{MTI: hostspec.MTIRequest, Processing: hostspec.ProcessingCashback, Amount: amount, Cash: cash}
}

// RefundOf names no payment.
func RefundOf(amount int64) Order {
	return Order{MTI: hostspec.MTIRequest, Processing: hostspec.ProcessingRefund, Amount: amount}
}

// SaleOf is a sale with elements of DE 48.
func SaleOf(amount int64, elements ...hostspec.Element) Order {
	return Order{MTI: hostspec.MTIRequest, Processing: hostspec.ProcessingSale, Amount: amount, Elements: elements}
}

// OfflineOf is a sale that the card approved.
func OfflineOf(amount int64) Order {
	return Order{MTI: hostspec.MTIAdvice, Processing: hostspec.ProcessingSale, Amount: amount, TC: true}
}

// Partial permits less.
func Partial() hostspec.Element {
	return hostspec.Element{Tag: hostspec.PrivatePartial, Value: []byte{1}}
}

// Token names a card on file, by its first byte.
func Token(b byte) hostspec.Element {
	return hostspec.Element{Tag: hostspec.PrivateToken, Value: append(make([]byte, 15), b)}
}

// By makes the message of an order with a chip.
func (t *Terminal) By(tb testing.TB, c *Card, o Order) Message {
	tb.Helper()
	m := t.asked(o.MTI, o.Processing, o.Amount)
	m.SetString(22, hostspec.EntryModeChip)
	m.SetString(25, hostspec.ConditionNormal)
	var parts []hostspec.Additional
	if o.Cash > 0 {
		parts = append(parts, hostspec.Additional{Account: "00", Type: hostspec.AmountCashback, Currency: Euro, Debit: true, Amount: o.Cash})
	}
	if o.Tip > 0 {
		parts = append(parts, hostspec.Additional{Account: "00", Type: hostspec.AmountTip, Currency: Euro, Debit: true, Amount: o.Tip})
	}
	if parts != nil {
		m.Set(54, hostspec.AppendAdditional(nil, parts...))
	}
	kind := byte(0x80)
	if o.TC {
		kind = 0x40
	}
	c.CVM = [3]byte{0x1F}
	if o.PIN != "" {
		c.CVM = [3]byte{0x42}
	}
	m.Set(55, c.ChipOf(o.Amount, o.Cash, kind))
	t.extra = o.Elements
	defer func() { t.extra = nil }()
	return t.Finish(tb, m, c, o.PIN)
}

// asked starts a message about money, with the next numbers.
func (t *Terminal) asked(mti, processing string, amount int64) *codec.Message {
	m := t.numbered(mti)
	t.next++
	m.SetString(3, processing)
	m.SetString(4, fmt.Sprintf("%012d", amount))
	m.SetString(49, Euro)
	m.SetString(60, t.Batch())
	return m
}

func notRead(m *codec.Message) {
	m.SetString(22, hostspec.EntryStored.Field(hostspec.PINCapable))
	m.SetString(25, hostspec.ConditionRemote)
}

// Stored charges a card on file.
func (t *Terminal) Stored(tb testing.TB, amount int64, elements ...hostspec.Element) Message {
	tb.Helper()
	m := t.asked(hostspec.MTIRequest, hostspec.ProcessingSale, amount)
	notRead(m)
	return t.finishBare(tb, m, elements...)
}

// Return gives back some of what a payment came to.
func (t *Terminal) Return(tb testing.TB, of Message, amount int64) Message {
	tb.Helper()
	m := t.asked(hostspec.MTIRequest, hostspec.ProcessingRefund, amount)
	notRead(m)
	return t.finishBare(tb, m, named(m, of)...)
}

// Increment holds more for a payment with this DE 38.
func (t *Terminal) Increment(tb testing.TB, of Message, approval string, amount int64) Message {
	tb.Helper()
	m := t.asked(hostspec.MTIAuthorisation, hostspec.ProcessingSale, amount)
	notRead(m)
	m.SetString(38, approval)
	return t.finishBare(tb, m, named(m, of)...)
}

// Capture takes what is held.
func (t *Terminal) Capture(tb testing.TB, of Message, approval string, amount int64, last bool) Message {
	tb.Helper()
	m := t.asked(hostspec.MTIAdvice, hostspec.ProcessingSale, amount)
	m.SetString(38, approval)
	flag := []byte{0}
	if last {
		flag[0] = 1
	}
	return t.finishBare(tb, m, append([]hostspec.Element{{Tag: hostspec.PrivateLast, Value: flag}}, named(m, of)...)...)
}

func named(m *codec.Message, of Message) []hostspec.Element {
	f := of.Fields
	m.SetString(90, hostspec.Original{MTI: f.MTI, STAN: f.String(11), Transmission: f.String(7)}.Field())
	return []hostspec.Element{{Tag: hostspec.PrivateOriginal, Value: []byte(f.String(37))}}
}

// Void takes back a payment that was complete.
func (t *Terminal) Void(tb testing.TB, of Message) Message {
	tb.Helper()
	t.voids = true
	defer func() { t.voids = false }()
	return t.Reversal(tb, hostspec.MTIReversal, of)
}

func (t *Terminal) reason() string {
	if t.voids {
		return hostspec.ReasonCustomer
	}
	return hostspec.ReasonUnknown
}

// Repeat is a message without a card once more, under a KSN of its own and this type.
func (t *Terminal) Repeat(tb testing.TB, mti string, of Message) Message {
	tb.Helper()
	m := codec.NewMessage(mti)
	for _, f := range hostspec.Fields() {
		if v, ok := of.Fields.Get(f.Number); ok {
			m.Set(f.Number, v)
		}
	}
	raw, _ := m.Get(48)
	elements, err := hostspec.ParsePrivate(raw)
	must(tb, err)
	return t.finishBare(tb, m, elements[1:]...)
}

// Settle is a 0500: counts and amounts in the order of DE 74 to 77 and 86 to 89.
func (t *Terminal) Settle(tb testing.TB, batch string, totals [8]int64) Message {
	tb.Helper()
	m := t.numbered(hostspec.MTISettlement)
	t.next++
	m.SetString(49, Euro)
	m.SetString(60, batch)
	m.SetString(66, hostspec.BalanceIn)
	for i, number := range []int{74, 75, 76, 77, 86, 87, 88, 89} {
		m.SetString(number, fmt.Sprintf("%0*d", 10+i/4*6, totals[i]))
	}
	sign, net := "D", totals[6]-totals[4]
	if net < 0 {
		sign, net = "C", -net
	}
	m.SetString(97, fmt.Sprintf("%s%016d", sign, net))
	return t.finishBare(tb, m)
}

// Items is a 0600.
func (t *Terminal) Items(tb testing.TB, batch string, page uint16) Message {
	tb.Helper()
	m := t.numbered(hostspec.MTIItems)
	t.next++
	m.SetString(60, batch)
	return t.finishBare(tb, m, hostspec.Element{Tag: hostspec.PrivatePage, Value: binary.BigEndian.AppendUint16(nil, page)})
}

// finishBare authenticates a message that brings no card.
func (t *Terminal) finishBare(tb testing.TB, m *codec.Message, elements ...hostspec.Element) Message {
	tb.Helper()
	k := t.NextKeys(tb)
	m.Set(48, hostspec.AppendPrivate(nil, append([]hostspec.Element{{Tag: hostspec.PrivateKSN, Value: k.KSN[:]}}, elements...)...))
	return t.Authenticate(tb, m, k)
}
