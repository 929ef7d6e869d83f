package objects

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// IsText names the elements that reach displays and receipts.
func IsText(tag tlv.Tag) bool {
	return tag == tlv.Tag50ApplicationLabel || tag == tlv.Tag9F12ApplicationPreferredName
}

// Printable accepts 1 to 16 characters of ASCII, whatever code table the card
// names (9F11), and no long run of digits: a hostile card could put an account
// number into its label.
func Printable(b []byte) bool {
	run := 0
	for _, c := range b {
		if c < 0x20 || c > 0x7E {
			return false
		}
		if run++; c < '0' || c > '9' {
			run = 0
		}
		if run > maxRun {
			return false
		}
	}
	return len(b) >= 1 && len(b) <= 16
}
