package entrypoint

import (
	"bytes"
	"slices"
)

// A candidate is a combination that card and reader share.
type candidate struct {
	entry       dirEntry
	combination combination // a copy with its indicators
}

// candidates lists what both sides support, best first (Book B, 3.3.2.5 and
// 3.3.3.2): by priority, none last, then by the order of the directory.
func candidates(entries []dirEntry, list []combination) (out []candidate) {
	for _, e := range entries {
		for _, c := range list {
			if !c.indicators.NotAllowed && e.asksFor(c) {
				out = append(out, candidate{e, c})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return rank(a) - rank(b) })
	return out
}

// asksFor reports whether the entry's name begins with the combination's AID
// and its kernel is the combination's.
func (e dirEntry) asksFor(c combination) bool {
	if !bytes.HasPrefix(e.name, c.AID) {
		return false
	}
	requested, ok := requestedKernel(e.kernelID, c.AID)
	return ok && serves(c.KernelID, requested)
}

func rank(c candidate) int {
	if c.entry.priority == 0 {
		return 16
	}
	return int(c.entry.priority)
}

// name is what the final SELECT asks for: the ADF name, with the extended
// selection where the combination supports it (3.3.3.3). False means that this
// gives no name that a card can have.
func (c candidate) name() ([]byte, bool) {
	name := bytes.Clone(c.entry.name)
	if c.combination.set.ExtendedSelection {
		name = append(name, c.entry.extended...)
	}
	return name, len(name) <= maxName
}
