package ledger

// Payment is whose entry it is: the message that made it, its merchant and currency.
type Payment struct {
	Terminal, RRN, STAN string
	Merchant            string // DE 42
	Currency            string // ISO 4217, three digits
}

// Sale is the entry of amount that was paid, cash of which the cardholder was handed.
func (p Payment) Sale(amount, cash int64) Entry { return p.entry("sale", p.paid(amount, cash)) }

// Refund is the entry of amount that was given back.
func (p Payment) Refund(amount int64) Entry {
	return p.entry("refund", []Posting{{AccountSettlement, amount}, {MerchantAccount(p.Merchant), -amount}})
}

// Hold is the entry of amount that is held for a merchant.
func (p Payment) Hold(amount int64) Entry { return p.entry("hold", p.held(amount)) }

// Release is the entry of amount that is held no longer.
func (p Payment) Release(amount int64) Entry { return p.entry("release", p.held(-amount)) }

// Capture is the entry of amount that was held and is paid, and of what is released
// with it.
func (p Payment) Capture(amount, released int64) Entry {
	return p.entry("capture", append(p.paid(amount, 0), p.held(-amount-released)...))
}

func (p Payment) entry(kind string, postings []Posting) Entry {
	return Entry{Payment: p, Kind: kind, Postings: postings}
}

func (p Payment) paid(amount, cash int64) []Posting {
	out := []Posting{{AccountSettlement, -amount}}
	if amount > cash {
		out = append(out, Posting{MerchantAccount(p.Merchant), amount - cash})
	}
	if cash > 0 {
		out = append(out, Posting{CashAccount(p.Merchant), cash})
	}
	return out
}

func (p Payment) held(amount int64) []Posting {
	return []Posting{{AccountHeld, -amount}, {HeldAccount(p.Merchant), amount}}
}
