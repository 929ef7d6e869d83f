package emv

import (
	"fmt"
	"strings"
	"testing"
)

// TestAnElementTwiceIsAnErrorWhateverItIs: EMV 4.4 Book 3, clause 10.2.
func TestAnElementTwiceIsAnErrorWhateverItIs(t *testing.T) {
	for name, c := range map[string]struct {
		records []string
		why     Reason
	}{
		"in one record":             {[]string{"9F08020020" + "9F08020020"}, ReasonRedundant},
		"in two":                    {[]string{"9F08020020", "9F08020020"}, ReasonRedundant},
		"a name, which is not kept": {[]string{"5F200141", "5F200142"}, ReasonRedundant},
		"a result, nor this":        {[]string{"9F36020001", "9F36020001"}, ReasonRedundant},
		"an empty one":              {[]string{"9F0800", "9F08020020"}, ReasonRedundant},
		"nested":                    {[]string{"9F08020020", "7305" + "9F08020020"}, ReasonRedundant},
		"of the issuer's tags":      {[]string{"DF010101", "DF010102"}, ReasonRedundant},
		"given before":              {[]string{"82021234"}, ReasonMissing}, // and goes on, to what else is missing
		"more than there is room":   {many(), ReasonRecord},
	} {
		tx := New(testConfig(t, "A0000000031010"), testOrder())
		atApplication(t, tx, "0000", fmt.Sprintf("0801%02X00", len(c.records)))
		a := tx.nextRecord()
		for _, r := range c.records {
			if a.Kind == ActionTransmit {
				tx.last = a
				a = tx.Next(Response(unhex(t, fmt.Sprintf("7081%02X%s9000", len(r)/2, r))))
			}
		}
		if a.Outcome != OutcomeCardError || a.Reason != c.why {
			t.Errorf("%s: %v, %s", name, a.Outcome, a.Reason)
		}
	}
}

// many is ten records with sixty empty elements each, all different.
func many() (out []string) {
	for i := range 10 {
		var b strings.Builder
		for j := range 60 {
			fmt.Fprintf(&b, "DF%02X%02X00", 0x81+i, j)
		}
		out = append(out, b.String())
	}
	return out
}
