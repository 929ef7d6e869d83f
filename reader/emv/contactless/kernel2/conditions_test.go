package kernel2

import (
	"fmt"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// TestEachCVMConditionIsRead: the first rule, no CVM, under the condition; the
// second demands failure. X is 10000, Y 20000 (EMV 4.4 Book 3, Annex C3).
func TestEachCVMConditionIsRead(t *testing.T) {
	order := func(kind byte, amount, other uint64) func(*emv.Order) {
		return func(o *emv.Order) { o.TransactionType, o.Amount, o.AmountOther = kind, amount, other }
	}
	sale, cash, advance := order(typePurchase, 1, 0), order(typeCash, 1, 0), order(typeAdvance, 1, 0)
	for _, c := range []struct {
		condition byte
		order     func(*emv.Order)
		terminal  byte
		currency  string
		holds     bool
	}{
		{0x00, sale, 0x22, "", true},
		{0x01, cash, 0x25, "", true}, {0x01, cash, 0x22, "", false}, {0x01, sale, 0x25, "", false},
		{0x02, sale, 0x22, "", true}, {0x02, cash, 0x22, "", false}, {0x02, cash, 0x25, "", false},
		{0x02, advance, 0x22, "", false}, {0x02, order(typeCashback, 2, 1), 0x22, "", false}, {0x02, order(typePurchase, 2, 1), 0x22, "", false},
		{0x03, sale, 0x22, "", true},
		{0x04, cash, 0x22, "", true}, {0x04, advance, 0x21, "", true}, {0x04, cash, 0x25, "", false}, {0x04, sale, 0x22, "", false},
		{0x05, order(typeCashback, 2, 1), 0x22, "", true}, {0x05, order(typePurchase, 2, 1), 0x22, "", true}, {0x05, sale, 0x22, "", false},
		{0x06, order(0, 9999, 0), 0x22, "0978", true}, {0x06, order(0, 10000, 0), 0x22, "0978", false},
		{0x07, order(0, 10001, 0), 0x22, "0978", true}, {0x07, order(0, 10000, 0), 0x22, "0978", false},
		{0x08, order(0, 19999, 0), 0x22, "0978", true}, {0x08, order(0, 20000, 0), 0x22, "0978", false},
		{0x09, order(0, 20001, 0), 0x22, "0978", true}, {0x09, order(0, 20000, 0), 0x22, "0978", false},
		{0x06, sale, 0x22, "0840", false}, {0x06, sale, 0x22, "", false},
		{0x0A, sale, 0x22, "0978", false}, {0x80, sale, 0x22, "0978", false},
	} {
		k := begun(t, func(cfg *Config, o *emv.Order) { // no CVM at any amount
			c.order(o)
			cfg.TerminalType, cfg.Applications[0].CVMLimit = emv.Hex{c.terminal}, maxAmount
		})
		if c.currency != "" {
			k.card.Set(tlv.Tag9F42ApplicationCurrencyCode, unhex(t, c.currency))
		}
		k.card.Set(tlv.Tag8ECVMList, unhex(t, fmt.Sprintf("0000271000004E201F%02X0000", c.condition)))
		k.announceCVM()
		want := "000001"
		if c.holds {
			want = fmt.Sprintf("1F%02X02", c.condition)
		}
		ok := k.selectCVM()
		if got := fmt.Sprintf("%X", k.terminal.Value(tlv.Tag9F34CVMResults)); !ok || got != want {
			t.Errorf("condition %02X at %02X: %s, want %s", c.condition, c.terminal, got, want)
		}
	}
}
