package emv

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// An Order is what the secure world asks for. Every field reaches the card as
// it is here; the caller has checked the order's authenticity.
type Order struct {
	Amount              uint64  // minor units, at most 12 digits, other amount included
	AmountOther         uint64  // minor units (cashback), at most Amount
	Currency            uint16  // ISO 4217 numeric, as a number: 978
	CurrencyExponent    byte    // ISO 4217, 0 to 9
	Country             uint16  // ISO 3166 numeric, of the terminal
	Date                [3]byte // YYMMDD, BCD
	Time                [3]byte // HHMMSS, BCD
	TransactionType     byte    // 9C: 00 purchase, 01 cash, 09 cashback, 20 refund
	UnpredictableNumber [4]byte // drawn by the secure world
	SequenceCounter     uint32  // 9F41, at most 8 digits
}

// valid checks ranges, so that numeric encodings cannot overflow and dates
// compare as bytes.
func (o Order) valid() bool {
	return o.Amount <= 999_999_999_999 && o.AmountOther <= o.Amount &&
		o.Currency <= 999 && o.Country <= 999 && o.CurrencyExponent <= 9 &&
		o.SequenceCounter <= 99_999_999 && validDate(o.Date[:]) && allDigits(o.Time[:]) &&
		allDigits([]byte{o.TransactionType})
}

// storeOrder puts the order's elements where DOLs and HostTLV find them.
func (t *Transaction) storeOrder() {
	o, s := t.order, &t.terminal
	s.set(tlv.Tag9F02AmountAuthorised, bcd(o.Amount, 6))
	s.set(tlv.Tag9F03AmountOther, bcd(o.AmountOther, 6))
	s.set(tlv.Tag5F2ATransactionCurrencyCode, bcd(uint64(o.Currency), 2))
	s.set(tlv.Tag5F36TransactionCurrencyExponent, []byte{o.CurrencyExponent})
	s.set(tlv.Tag9F1ATerminalCountryCode, bcd(uint64(o.Country), 2))
	s.set(tlv.Tag9ATransactionDate, o.Date[:])
	s.set(tlv.Tag9F21TransactionTime, o.Time[:])
	s.set(tlv.Tag9CTransactionType, []byte{o.TransactionType})
	s.set(tlv.Tag9F37UnpredictableNumber, o.UnpredictableNumber[:])
	s.set(tlv.Tag9F41TransactionSequenceCounter, bcd(uint64(o.SequenceCounter), 4))
	if o.Amount <= 1<<32-1 {
		s.set(tlv.Tag81AmountAuthorisedBinary, be32(o.Amount))
		s.set(tlv.Tag9F04AmountOtherBinary, be32(o.AmountOther))
	}
}

func be32(v uint64) []byte { return []byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)} }

// bcd writes v as packed digits, n bytes, zeros in front.
func bcd(v uint64, n int) []byte {
	b := make([]byte, n)
	for i := n - 1; i >= 0; i-- {
		b[i] = byte(v%10) | byte(v/10%10)<<4
		v /= 100
	}
	return b
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c>>4 > 9 || c&0x0F > 9 {
			return false
		}
	}
	return true
}

// validDate checks YYMMDD, packed.
func validDate(b []byte) bool {
	return len(b) == 3 && allDigits(b) &&
		b[1] >= 0x01 && b[1] <= 0x12 && b[2] >= 0x01 && b[2] <= 0x31
}

// after reports whether YYMMDD a lies after b. Years 50 to 99 are 1950 to 1999
// (EMV 4.4 Book 4, clause 6.7.3).
func after(a, b []byte) bool {
	ya, yb := century(a[0]), century(b[0])
	if ya != yb {
		return ya > yb
	}
	return string(a) > string(b)
}

func century(yy byte) int {
	if yy >= 0x50 {
		return 19
	}
	return 20
}
