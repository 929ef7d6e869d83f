package kernel2

import (
	"errors"
	"time"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// ErrOrder reports an order out of range.
var ErrOrder = errors.New("kernel2: order out of range")

// Transaction types, the first two digits of the processing code
// (ISO 8583:1987, field 3).
const (
	typePurchase = 0x00
	typeCash     = 0x01
	typeCashback = 0x09
	typeAdvance  = 0x17 // manual cash
	typeRefund   = 0x20
)

// validOrder checks ranges, so that numeric encodings cannot overflow and dates
// compare as bytes.
func validOrder(o emv.Order) bool {
	return o.Amount <= maxAmount && o.AmountOther <= o.Amount &&
		o.Currency <= 999 && o.Country <= 999 && o.CurrencyExponent <= 9 && o.SequenceCounter <= 99_999_999 &&
		objects.ValidDate(o.Date[:]) && objects.AllDigits(o.Time[:]) && objects.AllDigits([]byte{o.TransactionType})
}

// storeOrder puts the order's elements where lists and HostTLV find them.
func (k *Kernel) storeOrder() {
	o, s := k.act.Order, &k.terminal
	o.Elements(s.Set)
	if o.Amount <= 1<<32-1 {
		s.Set(tlv.Tag81AmountAuthorisedBinary, objects.BE32(o.Amount))
		s.Set(tlv.Tag9F04AmountOtherBinary, objects.BE32(o.AmountOther))
	}
}

// storeConfig puts the configuration there.
func (k *Kernel) storeConfig() {
	c, s := k.cfg, &k.terminal
	s.Set(tlv.Tag9F33TerminalCapabilities, []byte{c.CardDataInput[0], 0, c.Security[0]})
	s.Set(tlv.Tag9F35TerminalType, c.TerminalType)
	s.Set(tlv.Tag9F40AdditionalTerminalCapabilities, c.Additional)
	s.Set(tlv.Tag9F06ApplicationIdentifierTerminal, k.app.AID)
	s.Set(tlv.Tag9F09ApplicationVersionTerminal, k.app.Version)
	s.Set(tag9F7EMobileSupport, []byte{mobileSupport(c.OnDeviceCVM)})
	if c.Stripe != nil {
		s.Set(tag9F6DStripeVersion, c.Stripe.Version)
	}
	k.storeOptional(tlv.Tag9F1EInterfaceDeviceSerialNumber, []byte(c.InterfaceSerial))
	k.storeOptional(tlv.Tag9F1CTerminalIdentification, []byte(c.TerminalID))
	k.storeOptional(tlv.Tag9F16MerchantIdentifier, []byte(c.MerchantID))
	k.storeOptional(tlv.Tag9F15MerchantCategoryCode, c.MerchantCategory)
	k.storeOptional(tlv.Tag9F53TransactionCategoryCode, []byte(c.TransactionCategory))
	k.storeOptional(tag9F1DTerminalRisk, c.TerminalRisk)
}

func (k *Kernel) storeOptional(tag tlv.Tag, v []byte) {
	if len(v) > 0 {
		k.terminal.Set(tag, v)
	}
}

// Mobile support indicator (9F7E).
const (
	mobileSupported   = 0x01
	mobileCVMRequired = 0x02
)

func mobileSupport(onDevice bool) byte {
	if onDevice {
		return mobileSupported
	}
	return 0
}

// seconds counts the order's date and time on one scale, for the age of torn
// transactions. Years from 50 on are of the last century.
func seconds(o emv.Order) int64 {
	year := 2000 + decimal(o.Date[0])
	if year >= 2050 {
		year -= 100
	}
	return time.Date(year, time.Month(decimal(o.Date[1])), decimal(o.Date[2]),
		decimal(o.Time[0]), decimal(o.Time[1]), decimal(o.Time[2]), 0, time.UTC).Unix()
}

func decimal(b byte) int { return int(b>>4)*10 + int(b&0x0F) }
