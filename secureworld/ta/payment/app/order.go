package app

import (
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/internal/unseal"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// checkOrder demands that the card's cryptogram covers what the secure world
// ordered: amount shown = amount in the cryptogram = DE 4, or no payment.
func checkOrder(e unseal.EMV, t *call.Terms) error {
	same := e.Is(tlv.Tag9F02AmountAuthorised, packed(uint64(t.Amount), 6)) &&
		e.Is(tlv.Tag5F2ATransactionCurrencyCode, packed(uint64(t.Currency), 2)) &&
		e.Is(tlv.Tag9F37UnpredictableNumber, t.Unpredictable[:]) &&
		e.Is(tlv.Tag9ATransactionDate, t.Date[:]) &&
		e.Is(tlv.Tag9CTransactionType, []byte{t.TransactionType})
	if !same || !sameOther(e, t) {
		return call.CodeOrder
	}
	return nil
}

// sameOther: cash is what was ordered, where the card was told of it at all.
func sameOther(e unseal.EMV, t *call.Terms) bool {
	_, there := e.Value(tlv.Tag9F03AmountOther)
	return !there || e.Is(tlv.Tag9F03AmountOther, packed(uint64(t.Cashback), 6))
}

// packed writes n as packed digits in size bytes (EMV 4.4 Book 3, clause 4.3,
// format n).
func packed(n uint64, size int) []byte {
	b := make([]byte, size)
	for i := size - 1; i >= 0; i-- {
		b[i] = byte(n/10%10<<4 | n%10)
		n /= 100
	}
	return b
}
