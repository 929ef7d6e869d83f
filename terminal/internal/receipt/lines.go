package receipt

import (
	"fmt"
	"strings"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// width is that of a narrow receipt printer in its normal font.
const width = 40

// Line is one printed line: a label with a value, or text of its own.
type Line struct {
	Label string
	Value string
	Style Style
}

// Style says how a line is set.
type Style uint8

// Styles.
const (
	Pair    Style = iota // label left, value right
	Centre               // text in the middle
	Heading              // text in the middle, large
	Rule                 // a line across
	Total                // a pair, large
)

// Class names the style for the page.
func (s Style) Class() string {
	return [...]string{"pair", "centre", "heading", "rule", "total"}[s]
}

// Lines is the receipt as it is printed, whatever the form.
func (r Receipt) Lines() []Line {
	var b lineList
	b.add(Heading, r.Merchant.Name, "")
	for part := range strings.SplitSeq(r.Merchant.Address, ",") {
		b.add(Centre, strings.TrimSpace(part), "")
	}
	b.rule()
	b.header(r)
	b.rule()
	b.amounts(r)
	b.rule()
	b.card(r)
	b.trace(r)
	b.chip(r)
	b.rule()
	b.footer(r)
	return b
}

// Text is the receipt in lines of forty characters.
func (r Receipt) Text() string {
	var b strings.Builder
	for _, l := range r.Lines() {
		b.WriteString(l.text(width))
		b.WriteByte('\n')
	}
	return b.String()
}

type lineList []Line

func (b *lineList) add(s Style, label, value string) {
	if label != "" {
		*b = append(*b, Line{label, value, s})
	}
}

func (b *lineList) pair(label, value string) {
	if value != "" {
		b.add(Pair, label, value)
	}
}

func (b *lineList) rule() {
	if n := len(*b); n > 0 && (*b)[n-1].Style != Rule {
		*b = append(*b, Line{Style: Rule})
	}
}

func (b *lineList) header(r Receipt) {
	b.pair("Date", r.Date+"  "+r.Time)
	b.pair("Terminal", r.TerminalID)
	b.pair("Merchant", r.MerchantID)
	b.pair("Reference", r.Reference)
	b.pair("Payment", r.PaymentID.String())
	b.pair("Original", r.Of)
}

func (b *lineList) amounts(r Receipt) {
	b.add(Heading, r.Result, "")
	b.add(Centre, r.Reason, "")
	switch {
	case !r.good():
		b.add(Total, typeWords(r.Type), r.sum(r.Amount))
		b.add(Centre, "Nothing was "+done(r.Type), "")
	case r.Type == payment.TypeVoid.String():
		b.add(Total, typeWords(r.Type), r.sum(r.Amount))
	case r.Type == payment.TypeBalance.String():
		b.add(Total, typeWords(r.Type), "")
		b.add(Centre, "The cardholder alone was told", "")
	default:
		b.parts(r)
		b.add(Total, typeWords(r.Type), r.sum(r.ApprovedAmount))
	}
	b.remarks(r)
}

// sum is empty where there is none.
func (r Receipt) sum(a payment.Amount) string {
	if a == 0 {
		return ""
	}
	return a.Text(r.Currency)
}

// parts are what the whole consists of, where that is not the whole alone.
func (b *lineList) parts(r Receipt) {
	if r.Tip+r.Cashback > 0 {
		b.pair("Amount", r.sum(r.Amount-r.Tip-r.Cashback))
	}
	b.pair("Tip", r.sum(r.Tip))
	b.pair("Cashback", r.sum(r.Cashback))
	if r.Remainder > 0 {
		b.pair("Requested", r.sum(r.Amount))
		b.pair("Still to pay", r.sum(r.Remainder))
	}
}

// remarks are what the customer must not take the receipt for.
func (b *lineList) remarks(r Receipt) {
	switch r.Result {
	case "HELD":
		b.add(Centre, "Held, not charged: this is not a payment", "")
	case "RELEASED":
		b.add(Centre, "No longer held", "")
	case "VOIDED":
		b.add(Centre, "The payment was taken back", "")
	}
	if r.Offline && r.good() {
		b.add(Centre, "Approved offline by the card", "")
	}
}

// typeWords are what a receipt calls a payment.
func typeWords(name string) string {
	return map[string]string{
		payment.TypeSale.String(): "SALE", payment.TypeRefund.String(): "REFUND", payment.TypePreauth.String(): "PRE-AUTHORISATION",
		payment.TypeCapture.String(): "CAPTURE", payment.TypeIncrement.String(): "INCREMENT", payment.TypeVoid.String(): "VOID",
		payment.TypeBalance.String(): "BALANCE INQUIRY",
	}[name]
}

// done is what did not happen.
func done(name string) string {
	switch name {
	case payment.TypeRefund.String():
		return "refunded"
	case payment.TypePreauth.String(), payment.TypeIncrement.String():
		return "held"
	case payment.TypeVoid.String():
		return "taken back"
	case payment.TypeBalance.String():
		return "told"
	}
	return "charged"
}

func (b *lineList) card(r Receipt) {
	if r.Card == nil {
		return
	}
	name := r.Card.Label
	if name == "" {
		name = r.Card.Brand
	}
	b.pair("Card", name)
	b.pair("Number", r.Card.Masked)
	if r.Card.AID != "" { // a stripe and a keyed card have no sequence number
		b.pair("Sequence", fmt.Sprintf("%02d", r.Card.Sequence))
	}
	b.pair("Entry", entryWords(r.Card.EntryMode))
	b.pair("AID", r.Card.AID)
}

// entryWords are how a receipt says that a card was read.
func entryWords(mode string) string {
	return map[string]string{
		payment.EntryModeChip.String():              "CHIP",
		payment.EntryModeContactless.String():       "CONTACTLESS",
		payment.EntryModeContactlessStripe.String(): "CONTACTLESS (STRIPE)",
		payment.EntryModeSwipe.String():             "SWIPED",
		payment.EntryModeFallback.String():          "SWIPED (FALLBACK)",
		payment.EntryModeKeyed.String():             "KEYED",
		payment.EntryModeStored.String():            "CARD NOT PRESENT",
	}[mode]
}

func (b *lineList) trace(r Receipt) {
	b.pair("Approval code", r.ApprovalCode)
	b.pair("STAN", r.STAN)
	b.pair("RRN", r.RRN)
	if r.Batch != 0 {
		b.pair("Batch", fmt.Sprintf("%06d", r.Batch))
	}
}

func (b *lineList) chip(r Receipt) {
	if r.Chip == nil {
		return
	}
	b.pair("Response", r.Chip.ResponseCode)
	b.pair(r.Chip.Kind, r.Chip.Cryptogram) // neither where there is no cryptogram
	b.pair("TVR", r.Chip.TVR)
	b.pair("TSI", r.Chip.TSI)
}

func (b *lineList) footer(r Receipt) {
	if r.Signature && r.Copy == Merchant {
		b.add(Centre, "Sign here:", "")
		b.add(Centre, strings.Repeat("_", 28), "")
	} else if !r.Signature {
		b.add(Centre, strings.ToUpper(r.Verification), "")
	}
	b.add(Centre, strings.ToUpper(string(r.Copy))+" COPY", "")
	if r.Duplicate {
		b.add(Heading, "DUPLICATE", "")
	}
	if r.Demo {
		b.add(Centre, "Demo - test keys, no real money", "")
	}
}

// text sets the line on paper of so many characters.
func (l Line) text(paper int) string {
	switch l.Style {
	case Rule:
		return strings.Repeat("-", paper)
	case Pair, Total:
		gap := paper - runes(l.Label) - runes(l.Value)
		if gap < 1 {
			return l.Label + "\n" + strings.Repeat(" ", max(0, paper-runes(l.Value))) + l.Value
		}
		return l.Label + strings.Repeat(" ", gap) + l.Value
	}
	return strings.Repeat(" ", max(0, (paper-runes(l.Label))/2)) + l.Label
}

func runes(s string) int { return len([]rune(s)) }
