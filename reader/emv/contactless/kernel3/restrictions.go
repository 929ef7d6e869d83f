package kernel3

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Transaction types, the first two digits of the processing code (ISO 8583:1987,
// field 3).
const (
	typePurchase = 0x00
	typeCash     = 0x01
	typeCashback = 0x09
)

// Application usage control, EMV 4.4 Book 3, Annex C2.
const (
	aucDomesticCash     = 0x80 // byte 1
	aucForeignCash      = 0x40
	aucDomesticCashback = 0x80 // byte 2
	aucForeignCashback  = 0x40
)

// restrict is clause 5.5: expiry and exception file for a TC, cash and cashback
// for all. A non-nil outcome ends the transaction.
func (k *Kernel) restrict() *contactless.Outcome {
	if k.report.Cryptogram == TC {
		k.checkExpiry()
		if k.listed() {
			k.refuse(ReasonException)
		}
	}
	if k.decline {
		return nil
	}
	if k.cfg.CheckCash && k.order.TransactionType == typeCash {
		return k.usage(0, aucDomesticCash, aucForeignCash, k.ctq().switchForCash())
	}
	if k.cfg.CheckCashback && k.cashback() {
		return k.usage(1, aucDomesticCashback, aucForeignCashback, k.ctq().switchForCashback())
	}
	return nil
}

func (k *Kernel) cashback() bool {
	t := k.order.TransactionType
	return t == typeCashback || t == typePurchase && k.order.AmountOther > 0
}

// checkExpiry: a TC without 5F24 counts as expired. ARQCs go to the issuer, who
// knows better.
func (k *Kernel) checkExpiry() {
	expiry, ok := k.card.Get(tlv.Tag5F24ApplicationExpirationDate)
	if ok && !objects.After(k.order.Date[:], expiry) {
		return
	}
	k.report.Expired = true
	if k.ctq().onlineIfExpired() {
		k.requireOnline()
		return
	}
	k.refuse(ReasonExpired)
}

// listed looks the account up in the exception file, which the order brings.
func (k *Kernel) listed() bool {
	if k.order.Exceptions == nil {
		return false
	}
	var buf [10]byte
	defer clear(buf[:])
	pan, _ := k.pan(&buf)
	return k.order.Exceptions.Listed(pan, k.card.Value(tlv.Tag5F34PANSequenceNumber))
}

// usage holds cash and cashback to 9F07. What the card does not say is not
// allowed.
func (k *Kernel) usage(at int, domestic, foreign byte, otherwise bool) *contactless.Outcome {
	auc, hasAUC := k.card.Get(tlv.Tag9F07ApplicationUsageControl)
	country, hasCountry := k.card.Get(tlv.Tag5F28IssuerCountryCode)
	want := foreign
	if bytes.Equal(country, k.terminal.Value(tlv.Tag9F1ATerminalCountryCode)) {
		want = domestic
	}
	switch {
	case hasAUC && hasCountry && auc[at]&want != 0:
		return nil
	case otherwise:
		k.report.Reason = ReasonUsage
		return insertOrSwipe()
	default:
		k.refuse(ReasonUsage)
		return nil
	}
}
