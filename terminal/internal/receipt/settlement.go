package receipt

import (
	"fmt"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// Settlement is the report of a batch: both sides' totals, and what differs.
type Settlement struct {
	Batch       uint32           `json:"batch"`
	State       string           `json:"state"` // open, waiting, closing, closed or differs
	Pending     uint32           `json:"pending"`
	Attempts    uint32           `json:"attempts"`
	Currency    payment.Currency `json:"currency"`
	Ours        Totals           `json:"ours"`
	Theirs      *Totals          `json:"theirs"` // nil until the host has answered
	Differences []Difference     `json:"differences"`
	Omitted     uint32           `json:"omitted"`   // differences that are not listed
	ClosedAt    *string          `json:"closed_at"` // RFC 3339
}

// Totals are the sums of one side.
type Totals struct {
	Sales         Sum   `json:"sales"` // sales, captures and offline approvals
	Refunds       Sum   `json:"refunds"`
	VoidedSales   Sum   `json:"voided_sales"`
	VoidedRefunds Sum   `json:"voided_refunds"`
	Net           int64 `json:"net"` // sales less refunds; negative where more was given back
}

// Sum is a number of payments and what they come to.
type Sum struct {
	Count  uint32         `json:"count"`
	Amount payment.Amount `json:"amount"` // minor units
}

// Difference is one item on which the two sides do not agree.
type Difference struct {
	Kind      string         `json:"kind"` // missing_at_host, unknown_here or amount
	Type      string         `json:"type"`
	PaymentID *payment.ID    `json:"payment_id"`
	RRN       string         `json:"rrn"`
	Ours      payment.Amount `json:"ours"`
	Theirs    payment.Amount `json:"theirs"`
}

// Settle makes the report of a batch. The time is written by at, from Unix seconds.
func Settle(v mailbox.BatchView, differences []mailbox.Different, c payment.Currency, at func(payment.Count) string) Settlement {
	s := Settlement{Batch: uint32(v.Batch), State: v.State.String(), Pending: v.Pending, Attempts: v.Attempts, Currency: c,
		Ours: totalsOf(v.Ours), Differences: []Difference{}}
	if v.Answered {
		theirs := totalsOf(v.Theirs)
		s.Theirs = &theirs
	}
	for _, d := range differences {
		s.Differences = append(s.Differences, differenceOf(d))
	}
	s.Omitted = v.Differences - min(v.Differences, uint32(len(differences)))
	if v.Closed != 0 {
		closed := at(v.Closed)
		s.ClosedAt = &closed
	}
	return s
}

func totalsOf(t mailbox.Totals) Totals {
	return Totals{Sales: Sum{t.Sales, t.SalesAmount}, Refunds: Sum{t.Refunds, t.RefundsAmount},
		VoidedSales: Sum{t.Voided, t.VoidedAmount}, VoidedRefunds: Sum{t.Returned, t.ReturnedSum},
		Net: int64(t.SalesAmount) - int64(t.RefundsAmount)}
}

func differenceOf(d mailbox.Different) Difference {
	out := Difference{Kind: d.Kind.String(), Type: d.Type.String(), RRN: d.RRN.String(), Ours: d.Ours, Theirs: d.Theirs}
	if !d.ID.Zero() {
		out.PaymentID = &d.ID
	}
	return out
}

// Text is the report in lines of forty characters.
func (s Settlement) Text(shop Shop, demo bool) string {
	var b lineList
	b.add(Heading, shop.Name, "")
	b.rule()
	b.add(Heading, fmt.Sprintf("BATCH %06d", s.Batch), "")
	b.add(Centre, stateWords(s.State), "")
	if s.Pending > 0 {
		b.pair("Pending at the bank", fmt.Sprint(s.Pending))
	}
	if s.ClosedAt != nil {
		b.pair("Closed", *s.ClosedAt)
	}
	b.side("Terminal", s.Ours, s.Currency)
	if s.Theirs != nil {
		b.side("Bank", *s.Theirs, s.Currency)
	}
	b.differences(s)
	if demo {
		b.rule()
		b.add(Centre, "Demo - test keys, no real money", "")
	}
	var out strings.Builder
	for _, l := range b {
		out.WriteString(l.text(width))
		out.WriteByte('\n')
	}
	return out.String()
}

func (b *lineList) side(name string, t Totals, c payment.Currency) {
	b.rule()
	b.add(Centre, strings.ToUpper(name), "")
	for _, line := range []struct {
		label string
		sum   Sum
	}{{"Sales", t.Sales}, {"Refunds", t.Refunds}, {"Sales taken back", t.VoidedSales}, {"Refunds taken back", t.VoidedRefunds}} {
		if line.sum.Count > 0 {
			b.pair(fmt.Sprintf("%s %d", line.label, line.sum.Count), line.sum.Amount.Text(c))
		}
	}
	b.add(Total, "NET", signed(t.Net, c))
}

func (b *lineList) differences(s Settlement) {
	if len(s.Differences) == 0 {
		return
	}
	b.rule()
	b.add(Heading, "DIFFERENCES", "")
	for _, d := range s.Differences {
		b.add(Centre, differenceWords(d.Kind), "")
		b.pair(typeWords(d.Type), "RRN "+d.RRN)
		b.pair("Terminal", d.Ours.Text(s.Currency))
		b.pair("Bank", d.Theirs.Text(s.Currency))
	}
	if s.Omitted > 0 {
		b.pair("Not listed", fmt.Sprint(s.Omitted))
	}
}

func signed(net int64, c payment.Currency) string {
	if net < 0 {
		return "-" + payment.Amount(-net).Text(c)
	}
	return payment.Amount(net).Text(c)
}

// stateWords are what a report says of where the batch stands.
func stateWords(state string) string {
	return map[string]string{
		mailbox.BatchOpen.String(): "Open", mailbox.BatchWaiting.String(): "Waits for pending payments",
		mailbox.BatchClosing.String(): "The bank is asked", mailbox.BatchClosed.String(): "Closed: both sides agree",
		mailbox.BatchDiffers.String(): "Closed: THE SIDES DIFFER",
	}[state]
}

func differenceWords(kind string) string {
	return map[string]string{
		mailbox.DifferenceMissing.String(): "The bank does not know", mailbox.DifferenceUnknown.String(): "The terminal does not know",
		mailbox.DifferenceAmount.String(): "The amounts differ",
	}[kind]
}
