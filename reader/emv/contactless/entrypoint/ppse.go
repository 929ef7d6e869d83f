package entrypoint

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const (
	tag9F29ExtendedSelection tlv.Tag = 0x9F29 // Book B, annex A
	tag9F2AKernelIdentifier  tlv.Tag = 0x9F2A
	tag9F66TTQ               tlv.Tag = 0x9F66
)

func ppseName() []byte { return []byte("2PAY.SYS.DDF01") }

// A dirEntry is one of the directory in the FCI of the PPSE, in memory of its
// own.
type dirEntry struct {
	name     []byte // 4F, 5 to 16 bytes
	kernelID []byte // 9F2A, at most 8 bytes; empty asks for the default
	extended []byte // 9F29, empty: none
	priority byte   // 87, low nibble; 0 none
}

// parseDirectory reads the FCI 6F, A5, BF0C, 61 (table 3-3). Data that are no
// TLV hold no entries; an entry that is malformed is passed over alone.
func parseDirectory(fci []byte) (out []dirEntry) {
	l, err := tlv.ParseCard(fci)
	if err != nil {
		return nil
	}
	for _, tag := range []tlv.Tag{tlv.Tag6FFCITemplate, tlv.TagA5FCIProprietaryTemplate, tlv.TagBF0CFCIIssuerDiscretionaryData} {
		e, _ := l.Top(tag)
		l = e.Children
	}
	for _, e := range l {
		if e.Tag != tlv.Tag61ApplicationTemplate || len(out) == maxEntries {
			continue
		}
		if d, ok := parseEntry(e.Children); ok {
			out = append(out, d)
		}
	}
	return out
}

func parseEntry(l tlv.List) (dirEntry, bool) {
	name, _ := l.Top(tlv.Tag4FApplicationIdentifier)
	kernel, _ := l.Top(tag9F2AKernelIdentifier)
	extended, _ := l.Top(tag9F29ExtendedSelection)
	priority, _ := l.Top(tlv.Tag87ApplicationPriorityIndicator)
	if len(name.Value) < minName || len(name.Value) > maxName || len(kernel.Value) > maxKernelID ||
		len(extended.Value) > maxName || len(priority.Value) > 1 {
		return dirEntry{}, false
	}
	d := dirEntry{
		name:     bytes.Clone(name.Value),
		kernelID: bytes.Clone(kernel.Value),
		extended: bytes.Clone(extended.Value),
	}
	if len(priority.Value) == 1 {
		d.priority = priority.Value[0] & 0x0F
	}
	return d, true
}
