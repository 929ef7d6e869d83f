package emv

import (
	"fmt"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// cvmCase is a list of rules behind the amounts X = 10000 and Y = 20000.
type cvmCase struct {
	name, rules string
	order       func(*Order)
	terminal    byte // 9F35; 0: 22
	able        byte // second byte of 9F33; 0: all but plaintext PIN
	currency    string
	cvm, tvr    string // 9F34 and third byte of the TVR
	asks        ActionKind
}

func amount(n uint64) func(*Order) { return func(o *Order) { o.Amount = n } }
func cash(o *Order)                { o.TransactionType = typeCash }
func back(o *Order)                { o.TransactionType, o.AmountOther = typeCashback, 100 }
func purchaseWithOther(o *Order)   { o.AmountOther = 100 }

// cvmCases follow EMV 4.4 Book 3, clause 10.5 and Annex C3, and Book 4, clause
// 6.3.4.5 for 9F34.
func cvmCases() []cvmCase {
	return []cvmCase{
		{name: "always", rules: "1F00", cvm: "1F0002", tvr: "00"},
		{name: "signature", rules: "1E00", cvm: "1E0000", tvr: "00"},
		{name: "nothing but amounts", rules: "", cvm: "3F0000", tvr: "00"},
		{name: "fail", rules: "0000", cvm: "000001", tvr: "80"},
		{name: "fail, go on", rules: "40001F00", cvm: "1F0002", tvr: "00"},
		{name: "fail is the last that goes on", rules: "4000", cvm: "400001", tvr: "80"},
		{name: "fail if a cash advance is unattended", rules: "00011F00", order: cash, terminal: 0x25, cvm: "000101", tvr: "80"},

		{name: "unattended cash at an unattended terminal", rules: "1F011E00", order: cash, terminal: 0x25, cvm: "1F0102", tvr: "00"},
		{name: "unattended cash at an attended one", rules: "1F011E00", order: cash, cvm: "1E0000", tvr: "00"},
		{name: "unattended cash, but a purchase", rules: "1F011E00", terminal: 0x25, cvm: "1E0000", tvr: "00"},
		{name: "manual cash", rules: "1F041E00", order: cash, cvm: "1F0402", tvr: "00"},
		{name: "manual cash, unattended", rules: "1F041E00", order: cash, terminal: 0x24, cvm: "1E0000", tvr: "00"},
		{name: "cashback", rules: "1F051E00", order: back, cvm: "1F0502", tvr: "00"},
		{name: "cashback by its amount", rules: "1F051E00", order: purchaseWithOther, cvm: "1F0502", tvr: "00"},
		{name: "cashback, but none", rules: "1F051E00", cvm: "1E0000", tvr: "00"},
		{name: "plain sale", rules: "1F021E00", cvm: "1F0202", tvr: "00"},
		{name: "plain sale, but cash", rules: "1F021E00", order: cash, cvm: "1E0000", tvr: "00"},
		{name: "plain sale, but cashback", rules: "1F021E00", order: back, cvm: "1E0000", tvr: "00"},
		{name: "if supported", rules: "1E031F00", cvm: "1E0300", tvr: "00"},
		{name: "if supported, but not", rules: "1E031F00", able: 0x48, cvm: "1F0002", tvr: "00"},
		{name: "if supported, plaintext PIN", rules: "01031F00", cvm: "1F0002", tvr: "00"},
		{name: "a condition that nobody knows", rules: "1E0A1F00", cvm: "1F0002", tvr: "00"},
		{name: "a proprietary condition", rules: "1E801F00", cvm: "1F0002", tvr: "00"},

		{name: "under X", rules: "1F061E00", order: amount(9999), currency: "0978", cvm: "1F0602", tvr: "00"},
		{name: "X is not under X", rules: "1F061E00", order: amount(10000), currency: "0978", cvm: "1E0000", tvr: "00"},
		{name: "X is not over X", rules: "1F071E00", order: amount(10000), currency: "0978", cvm: "1E0000", tvr: "00"},
		{name: "over X", rules: "1F071E00", order: amount(10001), currency: "0978", cvm: "1F0702", tvr: "00"},
		{name: "under Y", rules: "1F081E00", order: amount(19999), currency: "0978", cvm: "1F0802", tvr: "00"},
		{name: "Y is not under Y", rules: "1F081E00", order: amount(20000), currency: "0978", cvm: "1E0000", tvr: "00"},
		{name: "Y is not over Y", rules: "1F091E00", order: amount(20000), currency: "0978", cvm: "1E0000", tvr: "00"},
		{name: "over Y", rules: "1F091E00", order: amount(20001), currency: "0978", cvm: "1F0902", tvr: "00"},
		{name: "amounts of another currency", rules: "1F061E00", order: amount(1), currency: "0840", cvm: "1E0000", tvr: "00"},
		{name: "amounts of no currency", rules: "1F071E00", order: amount(99999), cvm: "1E0000", tvr: "00"},

		{name: "no condition holds", rules: "1F011F04", cvm: "3F0001", tvr: "80"},
		{name: "nothing supported", rules: "1E00", able: 0x40, cvm: "3F0001", tvr: "80"},
		{name: "nothing supported, to the end", rules: "5E005F00", able: 0x40, cvm: "3F0001", tvr: "80"},
		{name: "no PIN pad", rules: "02001F00", able: 0x28, cvm: "3F0001", tvr: "90"},
		{name: "no PIN pad, go on", rules: "42001F00", able: 0x28, cvm: "1F0002", tvr: "10"},
		{name: "plaintext PIN, go on", rules: "41001F00", cvm: "1F0002", tvr: "10"},
		{name: "plaintext PIN and signature, go on", rules: "43001F00", cvm: "1F0002", tvr: "10"},
		{name: "unknown method", rules: "06001F00", cvm: "3F0001", tvr: "C0"},
		{name: "unknown method, go on", rules: "46001F00", cvm: "1F0002", tvr: "40"},
		{name: "proprietary method, go on", rules: "60001E00", cvm: "1E0000", tvr: "40"},
		{name: "unknown method whose condition fails", rules: "46011F00", cvm: "1F0002", tvr: "00"},
		{name: "reserved bit 8 is no part of the code", rules: "9F00", cvm: "9F0002", tvr: "00"},

		{name: "online PIN", rules: "42031F00", asks: ActionAskPIN, cvm: "420300", tvr: "04"},
	}
}

func (c cvmCase) transaction(t *testing.T) *Transaction {
	o, cfg := testOrder(), testConfig(t, "A0000000031010")
	if c.order != nil {
		c.order(&o)
	}
	cfg.TerminalType, cfg.Capabilities = Hex{0x22}, Hex{0x60, 0x78, 0x00}
	if c.terminal != 0 {
		cfg.TerminalType[0] = c.terminal
	}
	if c.able != 0 {
		cfg.Capabilities[1] = c.able
	}
	tx := New(cfg, o)
	atApplication(t, tx, "1000", "08010100")
	tx.card.Set(tlv.Tag8ECVMList, unhex(t, "0000271000004E20"+c.rules))
	tx.card.Set(tlv.Tag8CCDOL1, unhex(t, "9F0206"))
	if c.currency != "" {
		tx.card.Set(tlv.Tag9F42ApplicationCurrencyCode, unhex(t, c.currency))
	}
	return tx
}

func TestEachCVMRuleIsFollowedToTheBit(t *testing.T) {
	for _, c := range cvmCases() {
		tx := c.transaction(t)
		tx.last = tx.verifyCardholder()
		if c.asks != 0 {
			if tx.last.Kind != c.asks {
				t.Errorf("%s: action %d", c.name, tx.last.Kind)
			}
			tx.Next(PIN(PINEntered))
		}
		tvr, tsi := tx.terminal.Value(tlv.Tag95TerminalVerificationResults), tx.terminal.Value(tlv.Tag9BTransactionStatusInformation)
		got := fmt.Sprintf("%X %02X %t", tx.terminal.Value(tlv.Tag9F34CVMResults), tvr[2], tsi[0]&0x40 != 0)
		if want := fmt.Sprintf("%s %s %t", c.cvm, c.tvr, c.rules != ""); got != want || (tvr[0]&0x20 != 0) != (c.rules == "") {
			t.Errorf("%s: %s, want %s; TVR %X", c.name, got, want, tvr)
		}
	}
}

func TestHalfACVMRuleIsACardError(t *testing.T) {
	tx := cvmCase{rules: "1F001E"}.transaction(t)
	if a := tx.verifyCardholder(); a.Outcome != OutcomeCardError || a.Reason != ReasonCVMList {
		t.Errorf("%v %s", a.Outcome, a.Reason)
	}
}
