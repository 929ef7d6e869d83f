package parameters

import (
	"bytes"
	"slices"
	"strings"
)

// Whitelist names cards that are no payment cards, so that a reader may say what
// they are. A number is told by its prefix, an application by its whole name. None
// is named by default.
type Whitelist struct {
	AIDs     []Hex    `json:"aids,omitempty"`     // 5 to 16 bytes each
	Prefixes []string `json:"prefixes,omitempty"` // 6 to 12 digits each
}

// valid: whatever is signed, no entry names what may be a payment card.
func (w Whitelist) valid(d Document) bool {
	if len(w.AIDs) > maxAIDs || len(w.Prefixes) > maxPrefixes {
		return false
	}
	for i, aid := range w.AIDs {
		same := func(other Hex) bool { return bytes.Equal(aid, other) }
		if len(aid) < 5 || len(aid) > 16 || pays(aid[:5], d) || slices.ContainsFunc(w.AIDs[:i], same) {
			return false
		}
	}
	for i, p := range w.Prefixes {
		if !foreign(p) || slices.Contains(w.Prefixes[:i], p) {
			return false
		}
	}
	return true
}

// foreign: six digits or more, outside of what payment cards begin with (ISO/IEC
// 7812-1, major industry identifiers 1 to 6, and the later ranges of UnionPay and
// Troy).
func foreign(digits string) bool {
	if len(digits) < 6 || len(digits) > 12 {
		return false
	}
	for _, digit := range []byte(digits) {
		if digit < '0' || digit > '9' {
			return false
		}
	}
	return (digits[0] < '1' || digits[0] > '6') && !strings.HasPrefix(digits, "81") && !strings.HasPrefix(digits, "9792")
}

// pays reports whether a payment scheme has this registered application provider
// identifier: one that is known as such, or one whose keys are in the document.
func pays(rid []byte, d Document) bool {
	if slices.ContainsFunc(d.CAKeys, func(k CAKey) bool { return bytes.Equal(k.RID, rid) }) {
		return true
	}
	return slices.ContainsFunc(schemes(), func(known Hex) bool { return bytes.Equal(known, rid) })
}

// schemes are registered application providers that are payment schemes: A000 00,
// and two bytes more.
func schemes() []Hex {
	var out []Hex
	for _, tail := range [][2]byte{
		{0x00, 0x03}, {0x00, 0x04}, {0x00, 0x05}, {0x00, 0x25}, {0x00, 0x29}, {0x00, 0x42}, {0x00, 0x65}, {0x00, 0x98},
		{0x01, 0x21}, {0x01, 0x41}, {0x01, 0x52}, {0x01, 0x54}, {0x02, 0x28}, {0x02, 0x77},
		{0x03, 0x24}, {0x03, 0x33}, {0x03, 0x59}, {0x03, 0x71}, {0x03, 0x84}, {0x04, 0x39}, {0x05, 0x24}, {0x06, 0x58}, {0x06, 0x72},
	} {
		out = append(out, Hex{0xA0, 0, 0, tail[0], tail[1]})
	}
	return out
}
