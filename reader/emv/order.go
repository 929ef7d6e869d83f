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

	ForceOnline bool // the merchant wants the host's word (a bit of the TVR)
	OnlineOnly  bool // no offline approval, although the configuration allows it

	Log        Log        // for the floor limit; nil where none is kept
	Exceptions Exceptions // nil where there is no exception file
}

// A Log knows the transactions that were approved offline lately. It belongs to
// the caller, because it holds account numbers.
type Log interface {
	// Newest is the amount of the newest entry of this account, in minor units,
	// 0 where there is none. pan is tag 5A, valid during the call.
	Newest(pan []byte) uint64
}

// Exceptions is a terminal exception file (EMV 4.4 Book 4, clause 6.3.5).
type Exceptions interface {
	// Listed reports whether the account is on the file. pan is tag 5A and psn
	// tag 5F34 (empty where the card has none), valid during the call.
	Listed(pan, psn []byte) bool
}

// valid checks ranges, so that numeric encodings cannot overflow and dates
// compare as bytes.
func (o Order) valid() bool {
	return o.Amount <= maxAmount && o.AmountOther <= o.Amount &&
		o.Currency <= 999 && o.Country <= 999 && o.CurrencyExponent <= 9 &&
		o.SequenceCounter <= 99_999_999 && objects.ValidDate(o.Date[:]) && objects.AllDigits(o.Time[:]) &&
		objects.AllDigits([]byte{o.TransactionType})
}

// Elements gives set the order's data elements, as data object lists of cards ask
// for them and the host gets them, numeric ones in BCD (EMV 4.4 Book 3, Annex A).
func (o Order) Elements(set func(tlv.Tag, []byte) bool) {
	set(tlv.Tag9F02AmountAuthorised, objects.BCD(o.Amount, 6))
	set(tlv.Tag9F03AmountOther, objects.BCD(o.AmountOther, 6))
	set(tlv.Tag5F2ATransactionCurrencyCode, objects.BCD(uint64(o.Currency), 2))
	set(tlv.Tag5F36TransactionCurrencyExponent, []byte{o.CurrencyExponent})
	set(tlv.Tag9F1ATerminalCountryCode, objects.BCD(uint64(o.Country), 2))
	set(tlv.Tag9ATransactionDate, o.Date[:])
	set(tlv.Tag9F21TransactionTime, o.Time[:])
	set(tlv.Tag9CTransactionType, []byte{o.TransactionType})
	set(tlv.Tag9F37UnpredictableNumber, o.UnpredictableNumber[:])
	set(tlv.Tag9F41TransactionSequenceCounter, objects.BCD(uint64(o.SequenceCounter), 4))
}

// storeOrder puts the order's elements where DOLs and HostTLV find them.
func (t *Transaction) storeOrder() {
	o, s := t.order, &t.terminal
	o.Elements(s.Set)
	if o.Amount <= 1<<32-1 {
		s.Set(tlv.Tag81AmountAuthorisedBinary, objects.BE32(o.Amount))
		s.Set(tlv.Tag9F04AmountOtherBinary, objects.BE32(o.AmountOther))
	}
}
