package hostspec

import "slices"

// EntryMode is how a card's data came into the terminal: the first two digits of
// DE 22. The third digit is a PINCapability.
type EntryMode string

// Entry modes. There are no others on this link.
const (
	EntryKeyed             EntryMode = "01" // typed by hand
	EntryStripeShort       EntryMode = "02" // magnetic stripe by ISO 8583's own code; the rules of EntryStripe
	EntryChip              EntryMode = "05" // contact chip
	EntryStored            EntryMode = "10" // a card that the acquirer keeps, named by its token
	EntryContactlessChip   EntryMode = "07" // contactless chip: a cryptogram over the amount
	EntryFallback          EntryMode = "80" // magnetic stripe of a card whose chip has just failed
	EntryStripe            EntryMode = "90" // magnetic stripe, track 2 whole
	EntryContactlessStripe EntryMode = "91" // contactless magnetic stripe data: a dynamic CVC3
)

// PINCapability is whether the terminal can take a PIN: the last digit of DE 22.
type PINCapability byte

// The capabilities.
const (
	PINCapable PINCapability = '1'
	PINless    PINCapability = '2'
)

// EntryModes lists the vocabulary.
func EntryModes() []EntryMode {
	return []EntryMode{EntryKeyed, EntryStripeShort, EntryChip, EntryStored, EntryContactlessChip, EntryFallback, EntryStripe, EntryContactlessStripe}
}

// Valid reports whether m is of the vocabulary.
func (m EntryMode) Valid() bool { return slices.Contains(EntryModes(), m) }

// Valid reports whether c is a capability.
func (c PINCapability) Valid() bool { return c == PINCapable || c == PINless }

// Field is DE 22: 051, 072, ….
func (m EntryMode) Field(c PINCapability) string { return string(m) + string(rune(c)) }

// ParseEntryMode reads DE 22, three digits, and reports whether it is of this
// link's vocabulary.
func ParseEntryMode(field string) (EntryMode, PINCapability, bool) {
	if len(field) != 3 {
		return "", 0, false
	}
	m, c := EntryMode(field[:2]), PINCapability(field[2])
	return m, c, m.Valid() && c.Valid()
}

// Content is what a sale of one entry mode carries.
type Content struct {
	Condition string   // DE 25
	PIN       bool     // DE 52 may be there
	ICC       []uint32 // tags that DE 55 has at least; nil: there is no DE 55
	Needs     []uint32 // tags that the sealed account data have; see Account
	May       []uint32 // and those that they may have besides
}

// Content is the rule of an entry mode, empty for one that is not Valid. Sealed
// account data name one PAN and one expiry date however often they are in it:
// chips give 57, or 5A and 5F24.
func (m EntryMode) Content() Content {
	chip := []uint32{TagPAN, TagTrack2, TagExpiry, TagSequence}
	stripe := []uint32{TagTrack1, TagPAN, TagExpiry}
	switch m {
	case EntryChip, EntryContactlessChip:
		return Content{Condition: ConditionNormal, PIN: true, ICC: chipTags(), May: chip}
	case EntryContactlessStripe:
		return Content{Condition: ConditionNormal, PIN: true, ICC: checksumTags(),
			Needs: []uint32{TagContactlessTrack2}, May: append(stripe, TagSequence)}
	case EntryStripe, EntryStripeShort, EntryFallback:
		return Content{Condition: ConditionNormal, PIN: true, Needs: []uint32{TagTrack2}, May: stripe}
	case EntryStored:
		return Content{Condition: ConditionRemote}
	case EntryKeyed:
		return Content{Condition: ConditionRemote, Needs: []uint32{TagPAN, TagExpiry, TagCVV2}}
	}
	return Content{}
}

// chipTags are what a cryptogram covers, and the cryptogram.
func chipTags() []uint32 {
	return []uint32{0x82, 0x95, 0x9A, 0x9C, 0x5F2A, 0x9F02, 0x9F10, 0x9F1A, 0x9F26, 0x9F27, 0x9F36, 0x9F37}
}

// checksumTags are the card's answer to COMPUTE CRYPTOGRAPHIC CHECKSUM and its
// question: counter, CVC3 of track 2 (2 bytes) and numeric unpredictable number
// (n 8).
func checksumTags() []uint32 { return []uint32{0x9F36, 0x9F61, 0x9F6A} }
