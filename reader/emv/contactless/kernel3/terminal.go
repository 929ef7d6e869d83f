package kernel3

import (
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const entryModeContactlessChip = 0x07 // first two digits of DE 22

// storeOrder puts the order's elements where data object lists and HostTLV find
// them.
func storeOrder(s *objects.Store, o emv.Order) {
	o.Elements(s.Set)
}

// storeConfig does so with the configuration's.
func storeConfig(s *objects.Store, c Config) {
	s.Set(tlv.Tag9F35TerminalType, c.TerminalType)
	s.Set(tlv.Tag9F33TerminalCapabilities, c.Capabilities)
	s.Set(tlv.Tag9F39POSEntryMode, []byte{entryModeContactlessChip})
	s.Set(tlv.Tag95TerminalVerificationResults, make([]byte, 5))
	setIfAny(s, tlv.Tag9F40AdditionalTerminalCapabilities, c.Additional)
	setIfAny(s, tlv.Tag9F09ApplicationVersionTerminal, c.Version)
	setIfAny(s, tlv.Tag9F1EInterfaceDeviceSerialNumber, []byte(c.InterfaceSerial))
	setIfAny(s, tlv.Tag9F1CTerminalIdentification, []byte(c.TerminalID))
	setIfAny(s, tlv.Tag9F16MerchantIdentifier, []byte(c.MerchantID))
	setIfAny(s, tlv.Tag9F4EMerchantNameAndLocation, []byte(c.MerchantName))
	setIfAny(s, tlv.Tag9F15MerchantCategoryCode, c.MerchantCategory)
}

func setIfAny(s *objects.Store, tag tlv.Tag, v []byte) {
	if len(v) > 0 {
		s.Set(tag, v)
	}
}

// usable checks ranges, so that numeric encodings cannot overflow and dates
// compare as bytes.
func usable(o emv.Order) bool {
	return o.Amount <= 999_999_999_999 && o.AmountOther <= o.Amount &&
		o.Currency <= 999 && o.Country <= 999 && o.CurrencyExponent <= 9 && o.SequenceCounter <= 99_999_999 &&
		objects.ValidDate(o.Date[:]) && objects.AllDigits(o.Time[:]) && objects.AllDigits([]byte{o.TransactionType})
}
