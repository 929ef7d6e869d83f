package keyblock

import "strings"

// What the header's characters may be. Proprietary values (usages in digits)
// are refused: nobody here has agreed on one.
const (
	algorithms      = "ADEHRST" // AES, DES, elliptic curve, HMAC, RSA, DSA, TDES
	modes           = "BCDEGNSTVXY"
	exportabilities = "ENS" // under a trusted key, not, sensitive
)

// usages lists the key usages. X9.143.
func usages() []string {
	return []string{
		"B0", "B1", "B2", "B3", // base derivation, DUKPT initial, base variant, other derivation
		"C0",                   // card verification
		"D0", "D1", "D2", "D3", // data encryption
		"E0", "E1", "E2", "E3", "E4", "E5", "E6", "E7", // EMV master keys
		"I0",                         // initialisation vector
		"K0", "K1", "K2", "K3", "K4", // key encryption, protection, agreement
		"M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", // MAC
		"P0", "P1", // PIN encryption, PIN generation
		"S0", "S1", "S2", // signature and certificate keys
		"V0", "V1", "V2", "V3", "V4", "V5", // PIN verification
	}
}

func isOneOf(c byte, set string) bool { return strings.IndexByte(set, c) >= 0 }

func isAlphanumeric(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// isHex accepts pairs of upper-case hexadecimal digits.
func isHex(s string) bool {
	for i := range len(s) {
		if _, ok := nibble(s[i]); !ok {
			return false
		}
	}
	return len(s)%2 == 0
}
