package emv

import (
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

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
		o.SequenceCounter <= 99_999_999 && objects.ValidDate(o.Date[:]) && objects.AllDigits(o.Time[:]) &&
		objects.AllDigits([]byte{o.TransactionType})
}

// storeOrder puts the order's elements where DOLs and HostTLV find them.
func (t *Transaction) storeOrder() {
	o, s := t.order, &t.terminal
	s.Set(tlv.Tag9F02AmountAuthorised, objects.BCD(o.Amount, 6))
	s.Set(tlv.Tag9F03AmountOther, objects.BCD(o.AmountOther, 6))
	s.Set(tlv.Tag5F2ATransactionCurrencyCode, objects.BCD(uint64(o.Currency), 2))
	s.Set(tlv.Tag5F36TransactionCurrencyExponent, []byte{o.CurrencyExponent})
	s.Set(tlv.Tag9F1ATerminalCountryCode, objects.BCD(uint64(o.Country), 2))
	s.Set(tlv.Tag9ATransactionDate, o.Date[:])
	s.Set(tlv.Tag9F21TransactionTime, o.Time[:])
	s.Set(tlv.Tag9CTransactionType, []byte{o.TransactionType})
	s.Set(tlv.Tag9F37UnpredictableNumber, o.UnpredictableNumber[:])
	s.Set(tlv.Tag9F41TransactionSequenceCounter, objects.BCD(uint64(o.SequenceCounter), 4))
	if o.Amount <= 1<<32-1 {
		s.Set(tlv.Tag81AmountAuthorisedBinary, objects.BE32(o.Amount))
		s.Set(tlv.Tag9F04AmountOtherBinary, objects.BE32(o.AmountOther))
	}
}
