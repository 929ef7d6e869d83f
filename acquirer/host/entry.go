package host

import (
	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// entry is how a sale's card was read, and what DE 55 says of it: a chip, a
// checksum, or neither.
type entry struct {
	mode     hostspec.EntryMode
	chip     *chip
	checksum *checksum
}

// contact reports whether the card waits for the issuer's answer.
func (n entry) contact() bool { return n.mode == hostspec.EntryChip }

// parseEntry reads DE 22 and holds the message to what its entry mode carries.
// It returns DE 39 where that fails.
func parseEntry(q *request) (n entry, fault string) {
	m := q.message
	mode, capability, ok := hostspec.ParseEntryMode(m.String(22))
	content := mode.Content()
	if !ok || m.String(25) != content.Condition ||
		m.Has(52) && (!content.PIN || capability != hostspec.PINCapable) || m.Has(55) != (content.ICC != nil) {
		return n, hostspec.ResponseFormatError
	}
	n.mode = mode
	if content.ICC == nil {
		return n, ""
	}
	raw, _ := m.Get(55)
	list, err := tlv.Parse(raw)
	if err != nil || holdsAccount(list) || !holds(list, content.ICC) {
		return n, hostspec.ResponseFormatError
	}
	if mode == hostspec.EntryContactlessStripe {
		n.checksum, fault = readChecksum(list)
		return n, fault
	}
	n.chip, fault = parseChip(q, list)
	return n, fault
}

func holds(list tlv.List, tags []uint32) bool {
	for _, tag := range tags {
		if _, ok := list.Top(tlv.Tag(tag)); !ok {
			return false
		}
	}
	return true
}

// holdsAccount finds account data where none may be.
func holdsAccount(list tlv.List) bool {
	for _, tag := range []tlv.Tag{
		tlv.Tag(hostspec.TagTrack1), tlv.Tag57Track2EquivalentData, tlv.Tag5APAN, tlv.Tag5F20CardholderName, tlv.Tag5F24ApplicationExpirationDate,
		tlv.Tag9F1FTrack1DiscretionaryData, tlv.Tag9F20Track2DiscretionaryData,
		tlv.Tag(hostspec.TagContactlessTrack2), tlv.Tag(hostspec.TagCVV2),
	} {
		if _, found := list.Find(tag); found {
			return true
		}
	}
	return false
}
