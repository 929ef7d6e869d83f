package payment

import "testing"

func TestAnApprovalCodeIsSixLettersAndDigitsAsReadOut(t *testing.T) {
	for said, want := range map[string]string{"a1b2c3": "A1B2C3", "000000": "000000", "ZZZZZZ": "ZZZZZZ",
		"": "", "A1B2C": "", "A1B2C3D": "", "A1B2 3": "", "A1B2C\x00": "", "A1B2Cé": "", "ÄÖÜ": "", "\x00\x00\x00\x00\x00\x00": ""} {
		code, err := ParseApprovalCode(said)
		if got := code.String(); got != want || (err == nil) != (want != "") || code.Whole() != (want != "") {
			t.Errorf("%q is read as %q, %v", said, got, err)
		}
	}
}
