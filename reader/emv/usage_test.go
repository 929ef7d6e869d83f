package emv

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// TestUsageControlIsReadByPlaceAndKind: EMV 4.4 Book 3, clause 10.4.2. The
// terminal stands in 0528.
func TestUsageControlIsReadByPlaceAndKind(t *testing.T) {
	const here, abroad, nowhere = "0528", "0840", ""
	for name, c := range map[string]struct {
		auc, country string
		terminal     byte
		kind         byte
		other        uint64
		refused      bool
	}{
		"goods here":                      {"2100", here, 0x22, 0x00, 0, false},
		"services here":                   {"0900", here, 0x22, 0x00, 0, false},
		"goods here, card of abroad":      {"2900", abroad, 0x22, 0x00, 0, true},
		"goods abroad":                    {"1100", abroad, 0x22, 0x00, 0, false},
		"services abroad":                 {"0500", abroad, 0x22, 0x00, 0, false},
		"goods abroad, card of here":      {"1500", here, 0x22, 0x00, 0, true},
		"no country: place only":          {"0100", nowhere, 0x22, 0x00, 0, false},
		"no country, not here":            {"FEC0", nowhere, 0x22, 0x00, 0, true},
		"cash here":                       {"8100", here, 0x22, 0x01, 0, false},
		"cash here, only abroad":          {"4100", here, 0x22, 0x01, 0, true},
		"cash abroad":                     {"4100", abroad, 0x22, 0x01, 0, false},
		"cash abroad, only here":          {"8100", abroad, 0x22, 0x01, 0, true},
		"cashback here":                   {"2180", here, 0x22, 0x09, 100, false},
		"cashback here, only abroad":      {"2140", here, 0x22, 0x09, 100, true},
		"cashback abroad":                 {"1140", abroad, 0x22, 0x09, 100, false},
		"cashback abroad, only here":      {"1180", abroad, 0x22, 0x09, 100, true},
		"cashback by its amount alone":    {"2100", here, 0x22, 0x00, 100, true},
		"ATM":                             {"8200", here, 0x14, 0x01, 0, false},
		"ATM, only elsewhere":             {"8100", here, 0x14, 0x01, 0, true},
		"unattended, but a merchant's":    {"2100", here, 0x25, 0x00, 0, false},
		"offline ATM":                     {"8200", here, 0x16, 0x01, 0, false},
		"a kind that the book has no row": {"0100", here, 0x22, 0x20, 0, false},
	} {
		o, cfg := testOrder(), testConfig(t, "A0000000031010")
		o.TransactionType, o.AmountOther = c.kind, c.other
		cfg.TerminalType, cfg.Additional = Hex{c.terminal}, unhex(t, "E000F0A001")
		tx := New(cfg, o)
		atApplication(t, tx, "0000", "08010100")
		put(t, &tx.card, map[string]string{"9F07": c.auc, "5F24": "311231"})
		if c.country != nowhere {
			put(t, &tx.card, map[string]string{"5F28": c.country})
		}
		why := tx.restrict()
		tvr := tx.terminal.Value(tlv.Tag95TerminalVerificationResults)
		if refused := tvr[1]&0x10 != 0; why != ReasonNone || refused != c.refused {
			t.Errorf("%s: refused %t, %s", name, refused, why)
		}
	}
}

// TestDatesCountToTheirDay: clauses 10.4.3 and 10.4; the century turns at 50
// (Book 4, clause 6.7.3).
func TestDatesCountToTheirDay(t *testing.T) {
	for _, c := range []struct {
		today, from, until string
		tvr                byte
		why                Reason
	}{
		{"250511", "250511", "250511", 0x00, ReasonNone},
		{"250511", "250512", "251231", 0x20, ReasonNone},
		{"250511", "", "250510", 0x40, ReasonNone},
		{"250511", "990101", "491231", 0x00, ReasonNone},
		{"250511", "250101", "991231", 0x40, ReasonNone},
		{"250511", "251301", "251231", 0x00, ReasonDate},
		{"250511", "25A101", "251231", 0x00, ReasonDate},
	} {
		o := testOrder()
		o.Date = [3]byte(unhex(t, c.today))
		tx := New(testConfig(t, "A0000000031010"), o)
		atApplication(t, tx, "0000", "08010100")
		put(t, &tx.card, map[string]string{"5F24": c.until})
		if c.from != "" {
			put(t, &tx.card, map[string]string{"5F25": c.from})
		}
		why := tx.restrict()
		if got := tx.terminal.Value(tlv.Tag95TerminalVerificationResults)[1]; why != c.why || got != c.tvr {
			t.Errorf("%v: %02X, %s", c, got, why)
		}
	}
}
