package emv

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Application usage control, EMV 4.4 Book 3, Annex C2: byte 1 unless said.
const (
	aucDomesticCash     = 0x80
	aucForeignCash      = 0x40
	aucDomesticGoods    = 0x20
	aucForeignGoods     = 0x10
	aucDomesticServices = 0x08
	aucForeignServices  = 0x04
	aucATM              = 0x02
	aucNotATM           = 0x01
	aucDomesticCashback = 0x80 // byte 2
	aucForeignCashback  = 0x40 // byte 2
)

// Transaction types, the first two digits of the processing code
// (ISO 8583:1987, field 3).
const (
	typePurchase = 0x00
	typeCash     = 0x01
	typeCashback = 0x09
	typeRefund   = 0x20
)

// restrict does the processing restrictions (EMV 4.4 Book 3, clause 10.4).
// What the card does not have sets no bit; a malformed date is a card error.
func (t *Transaction) restrict() Reason {
	if v, ok := t.card.Get(tlv.Tag9F08ApplicationVersionCard); ok && !bytes.Equal(v, t.terminal.Value(tlv.Tag9F09ApplicationVersionTerminal)) {
		t.setTVR(tvrVersionsDiffer)
	}
	if auc, ok := t.card.Get(tlv.Tag9F07ApplicationUsageControl); ok && !t.usageAllowed(auc) {
		t.setTVR(tvrServiceNotAllowed)
	}
	return t.restrictDates()
}

func (t *Transaction) restrictDates() Reason {
	today := t.order.Date[:]
	if from, ok := t.card.Get(tlv.Tag5F25ApplicationEffectiveDate); ok {
		if !objects.ValidDate(from) {
			return ReasonDate
		}
		if objects.After(from, today) {
			t.setTVR(tvrNotYetEffective)
		}
	}
	// Valid to the end of its day.
	if objects.After(today, t.card.Value(tlv.Tag5F24ApplicationExpirationDate)) {
		t.setTVR(tvrExpired)
	}
	return ReasonNone
}

// usageAllowed is clause 10.4.2. Domestic and foreign are told apart only
// where the card names its issuer's country.
func (t *Transaction) usageAllowed(auc []byte) bool {
	where := byte(aucNotATM)
	if t.isATM() {
		where = aucATM
	}
	if auc[0]&where == 0 {
		return false
	}
	country, ok := t.card.Get(tlv.Tag5F28IssuerCountryCode)
	if !ok {
		return true
	}
	domestic := bytes.Equal(country, t.terminal.Value(tlv.Tag9F1ATerminalCountryCode))
	return t.kindAllowed(auc, domestic)
}

func (t *Transaction) kindAllowed(auc []byte, domestic bool) bool {
	cash, goods, back := byte(aucForeignCash), byte(aucForeignGoods|aucForeignServices), byte(aucForeignCashback)
	if domestic {
		cash, goods, back = aucDomesticCash, aucDomesticGoods|aucDomesticServices, aucDomesticCashback
	}
	switch t.order.TransactionType {
	case typeCash:
		return auc[0]&cash != 0
	case typePurchase:
		return auc[0]&goods != 0 && (t.order.AmountOther == 0 || auc[1]&back != 0)
	case typeCashback:
		return auc[0]&goods != 0 && auc[1]&back != 0
	default:
		return true
	}
}

// isATM: unattended, a financial institution's, and able to give cash
// (EMV 4.4 Book 4, Annex A1).
func (t *Transaction) isATM() bool {
	kind := t.terminal.Value(tlv.Tag9F35TerminalType)[0]
	return kind >= 0x14 && kind <= 0x16 && t.terminal.Value(tlv.Tag9F40AdditionalTerminalCapabilities)[0]&0x80 != 0
}
