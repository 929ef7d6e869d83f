package emv

import (
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// Language picks the first language that the card prefers among those that the
// caller supports, two lower-case letters each (ISO 639), and "" where there is
// none (EMV 4.4 Book 4, clause 11.1). The application's preference (5F2D) goes
// before the directory's.
func (t *Transaction) Language(supported ...string) string {
	wanted := t.card.Value(tlv.Tag5F2DLanguagePreference)
	if len(wanted) == 0 {
		wanted = t.selection.language[:t.selection.languages]
	}
	for ; len(wanted) >= 2; wanted = wanted[2:] {
		for _, s := range supported {
			if len(s) == 2 && s[0] == lower(wanted[0]) && s[1] == lower(wanted[1]) {
				return s
			}
		}
	}
	return ""
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
