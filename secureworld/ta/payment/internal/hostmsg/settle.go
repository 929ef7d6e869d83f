package hostmsg

import (
	"encoding/binary"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
)

const (
	deSettlement = 66
	deNet        = 97
)

// Settle builds an 0500 without its MAC.
func (ms *Messages) Settle(q *call.Settle) ([]byte, error) {
	if err := checkTrace(&q.Terms); err != nil {
		return nil, err
	}
	m := startBatch(hostspec.MTISettlement, &q.Terms)
	m.Set(deCurrency, decimal(uint64(q.Terms.Currency), 3))
	m.SetString(deSettlement, hostspec.BalanceIn) // as far as this side knows
	m.Set(dePrivate, hostspec.AppendPrivate(nil, hostspec.Element{Tag: hostspec.PrivateKSN, Value: q.KSN[:]}))
	t := q.Totals
	for _, f := range totals(&t) {
		m.Set(f.number, decimal(f.get(), f.width))
	}
	net := t.SalesAmount - t.RefundsAmount
	sign := "D"
	if net < 0 {
		sign, net = "C", -net
	}
	m.SetString(deNet, sign+string(decimal(uint64(net), 16)))
	return ms.pack(m)
}

func startBatch(mti string, t *call.Terms) *codec.Message {
	m := start(mti, t)
	m.Set(deBatch, decimal(uint64(t.Batch), 6))
	return m
}

// total is one field of both sides' totals.
type total struct {
	number, width int
	count         *uint32
	sum           *payment.Amount
}

func totals(t *call.BatchTotals) []total {
	return []total{
		{74, 10, &t.Refunds, nil}, {75, 10, &t.Returned, nil}, {76, 10, &t.Sales, nil}, {77, 10, &t.Voided, nil},
		{86, 16, nil, &t.RefundsAmount}, {87, 16, nil, &t.ReturnedSum}, {88, 16, nil, &t.SalesAmount}, {89, 16, nil, &t.VoidedAmount},
	}
}

func (f total) get() uint64 {
	if f.count != nil {
		return uint64(*f.count)
	}
	return uint64(*f.sum)
}

func (f total) set(digits []byte) bool {
	n, ok := number(digits)
	if f.count != nil {
		*f.count = uint32(n)
		return ok && n <= 1<<32-1
	}
	*f.sum = payment.Amount(n)
	return ok && f.sum.Valid()
}

// SettleAnswer reads an 0510 whose MAC was verified.
func (ms *Messages) SettleAnswer(frame []byte, t *call.Terms, ksn [12]byte) (call.Totalled, error) {
	a, err := ms.answer(frame, hostspec.MTISettlementAnswer, startBatch(hostspec.MTISettlementAnswer, t), ksn)
	if err != nil {
		return call.Totalled{}, err
	}
	out := call.Totalled{Response: a.response}
	out.Agreed = a.code() == hostspec.ResponseApproved
	if out.Closed = out.Agreed || a.code() == hostspec.ResponseReconcile; !out.Closed {
		return out, nil
	}
	for _, f := range totals(&out.Theirs) {
		digits, there := a.Get(f.number)
		if !there || !f.set(digits) {
			return call.Totalled{}, call.CodeAnswer
		}
	}
	return out, nil
}

// Items builds an 0600 without its MAC.
func (ms *Messages) Items(q *call.Items) ([]byte, error) {
	if err := checkTrace(&q.Terms); err != nil {
		return nil, err
	}
	m := startBatch(hostspec.MTIItems, &q.Terms)
	m.Set(dePrivate, hostspec.AppendPrivate(nil,
		hostspec.Element{Tag: hostspec.PrivateKSN, Value: q.KSN[:]},
		hostspec.Element{Tag: hostspec.PrivatePage, Value: binary.BigEndian.AppendUint16(nil, q.Page)}))
	return ms.pack(m)
}

// ItemsAnswer reads an 0610 whose MAC was verified.
func (ms *Messages) ItemsAnswer(frame []byte, t *call.Terms, ksn [12]byte) (call.Itemised, error) {
	a, err := ms.answer(frame, hostspec.MTIItemsAnswer, startBatch(hostspec.MTIItemsAnswer, t), ksn)
	if err != nil {
		return call.Itemised{}, err
	}
	out := call.Itemised{Response: a.response, Items: hostspec.FindPrivate(a.private, hostspec.PrivateItems)}
	more := hostspec.FindPrivate(a.private, hostspec.PrivateMore)
	out.More = len(more) == 1 && more[0] == 1
	if a.code() != hostspec.ResponseApproved {
		out.Items, out.More = nil, false
		return out, nil
	}
	list, err := hostspec.ParseItems(out.Items)
	if err != nil || out.More && len(list) == 0 {
		return call.Itemised{}, call.CodeAnswer
	}
	return out, nil
}
