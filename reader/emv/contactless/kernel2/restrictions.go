package kernel2

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

// restrict does the processing restrictions (Book C-2: procedure of that name).
// What the card does not have sets no bit. False is a malformed date.
func (k *Kernel) restrict() bool {
	version, ok := k.card.Get(tlv.Tag9F08ApplicationVersionCard)
	if ok && !bytes.Equal(version, k.terminal.Value(tlv.Tag9F09ApplicationVersionTerminal)) {
		k.setTVR(tvrVersionsDiffer)
	}
	if auc, ok := k.card.Get(tlv.Tag9F07ApplicationUsageControl); ok && !k.usageAllowed(auc) {
		k.setTVR(tvrServiceNotAllowed)
	}
	return k.restrictDates()
}

func (k *Kernel) restrictDates() bool {
	today := k.act.Order.Date[:]
	if from, ok := k.card.Get(tlv.Tag5F25ApplicationEffectiveDate); ok {
		if !objects.ValidDate(from) {
			return false
		}
		if objects.After(from, today) {
			k.setTVR(tvrNotYetEffective)
		}
	}
	if objects.After(today, k.card.Value(tlv.Tag5F24ApplicationExpirationDate)) {
		k.setTVR(tvrExpired) // it was valid to the end of its day
	}
	return true
}

// usageAllowed: domestic and foreign are told apart only where the card names
// its issuer's country.
func (k *Kernel) usageAllowed(auc []byte) bool {
	where := byte(aucNotATM)
	if k.isATM() {
		where = aucATM
	}
	if auc[0]&where == 0 {
		return false
	}
	country, ok := k.card.Get(tlv.Tag5F28IssuerCountryCode)
	if !ok {
		return true
	}
	return k.kindAllowed(auc, bytes.Equal(country, k.terminal.Value(tlv.Tag9F1ATerminalCountryCode)))
}

func (k *Kernel) kindAllowed(auc []byte, domestic bool) bool {
	cash, goods, back := byte(aucForeignCash), byte(aucForeignGoods|aucForeignServices), byte(aucForeignCashback)
	if domestic {
		cash, goods, back = aucDomesticCash, aucDomesticGoods|aucDomesticServices, aucDomesticCashback
	}
	if k.act.Order.AmountOther != 0 && auc[1]&back == 0 {
		return false
	}
	switch k.act.Order.TransactionType {
	case typeCash, typeAdvance:
		return auc[0]&cash != 0
	case typePurchase, typeCashback:
		return auc[0]&goods != 0
	default:
		return true
	}
}

// isATM: unattended, a financial institution's, and able to give cash (EMV 4.4
// Book 4, Annex A1).
func (k *Kernel) isATM() bool {
	kind := k.cfg.TerminalType[0]
	return kind >= 0x14 && kind <= 0x16 && k.cfg.Additional[0]&0x80 != 0
}
