package emv

import (
	"fmt"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// TestTheCardsCountersAreComparedOrMissed: EMV 4.4 Book 3, clause 10.6.3, with
// limits of 2 and 4. TVR bytes 2 and 4.
func TestTheCardsCountersAreComparedOrMissed(t *testing.T) {
	for name, c := range map[string]struct {
		atc, last string
		want      string // empty: card error
	}{
		"at the lower limit":         {"9F360200129000", "9F130200109000", "00 00"},
		"over the lower":             {"9F360200139000", "9F130200109000", "00 40"},
		"at the upper":               {"9F360200149000", "9F130200109000", "00 40"},
		"over the upper":             {"9F360200159000", "9F130200109000", "00 60"},
		"never online":               {"9F360200019000", "9F130200009000", "08 00"},
		"never online, and often":    {"9F36020FFF9000", "9F130200009000", "08 60"},
		"counters are equal":         {"9F360200109000", "9F130200109000", "00 60"},
		"counter behind":             {"9F360200099000", "9F130200109000", "00 60"},
		"no counter, never online":   {"6A88", "9F130200009000", "08 60"},
		"no last online":             {"9F360200129000", "6A88", "00 60"},
		"another element":            {"9F360200129000", "9F170103" + "9000", "00 60"},
		"nothing":                    {"9000", "9000", "00 60"},
		"counter of one byte":        {"9F3601129000", "9F130200109000", ""},
		"counter past its end":       {"9F360300129000", "9F130200109000", ""},
		"last online of three bytes": {"9F360200129000", "9F13030000109000", ""},
	} {
		cfg := testConfig(t, "A0000000031010")
		cfg.Applications[0].FloorLimit = 1_000_000
		tx := New(cfg, testOrder())
		atApplication(t, tx, "0800", "08010100")
		put(t, &tx.card, map[string]string{"9F14": "02", "9F23": "04", "8C": "9F0206"})
		a := tx.manageRisk()
		for _, answer := range []string{c.atc, c.last} {
			if a.Kind == ActionTransmit {
				tx.last = a
				a = tx.Next(Response(unhex(t, answer)))
			}
		}
		tvr := tx.terminal.Value(tlv.Tag95TerminalVerificationResults)
		got := fmt.Sprintf("%02X %02X", tvr[1], tvr[3])
		if c.want == "" && a.Outcome != OutcomeCardError || c.want != "" && got != c.want {
			t.Errorf("%s: %s, %v", name, got, a.Outcome)
		}
	}
}
