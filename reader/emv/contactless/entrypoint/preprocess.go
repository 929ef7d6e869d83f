package entrypoint

import (
	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
)

// A combination is one of the configuration with what pre-processing found.
type combination struct {
	Combination
	set        *Set
	indicators contactless.Indicators
	ttq        [4]byte // the copy that the kernel gets; zero without TTQ
}

// Bits of the TTQ (Book A, table 5-4).
const (
	ttqOfflineOnly      = 0x08 // byte 1
	ttqCryptogramOnline = 0x80 // byte 2
	ttqCVMRequired      = 0x40 // byte 2
)

// preprocess checks the order against the limits of each combination (Book B,
// 3.1.1) and reports whether one is allowed.
func preprocess(list []combination, o emv.Order) (allowed bool) {
	for i := range list {
		c := &list[i]
		c.indicators = c.set.indicators(o)
		c.copyTTQ()
		c.adjustTTQ()
		allowed = allowed || !c.indicators.NotAllowed
	}
	return allowed
}

// presetAll stands in for pre-processing where Entry Point begins at Start B:
// no indicator is set and the TTQ is as configured (3.2.1.1).
func presetAll(list []combination) {
	for i := range list {
		list[i].indicators, list[i].ttq = contactless.Indicators{}, [4]byte{}
		copy(list[i].ttq[:], list[i].set.TTQ)
	}
}

// indicators compares the amount with the limits (3.1.1.3 to 3.1.1.8).
func (s *Set) indicators(o emv.Order) contactless.Indicators {
	floor := s.FloorLimit
	if floor == nil {
		floor = s.TerminalFloorLimit
	}
	refused := s.ZeroAmountAllowed != nil && !*s.ZeroAmountAllowed
	return contactless.Indicators{
		StatusCheckRequested: s.StatusCheckSupport && o.Amount == unit(o.CurrencyExponent),
		NotAllowed:           o.Amount == 0 && refused || reached(s.TransactionLimit, o.Amount),
		ZeroAmount:           o.Amount == 0 && !refused,
		FloorLimitExceeded:   floor != nil && o.Amount > *floor,
		CVMRequired:          reached(s.CVMRequiredLimit, o.Amount),
	}
}

func reached(limit *uint64, amount uint64) bool { return limit != nil && amount >= *limit }

// unit is a single unit of the currency, in minor units.
func unit(exponent byte) uint64 {
	n := uint64(1)
	for range exponent {
		n *= 10
	}
	return n
}

// copyTTQ takes the configured TTQ without the two bits that pre-processing
// decides (3.1.1.2).
func (c *combination) copyTTQ() {
	c.ttq = [4]byte{}
	copy(c.ttq[:], c.set.TTQ)
	c.ttq[1] &^= ttqCryptogramOnline | ttqCVMRequired
}

// adjustTTQ sets these bits (3.1.1.9 to 3.1.1.12). A reader that is only
// offline cannot take a zero amount.
func (c *combination) adjustTTQ() {
	if len(c.set.TTQ) == 0 {
		return
	}
	in := &c.indicators
	offlineOnly := c.ttq[0]&ttqOfflineOnly != 0
	if in.ZeroAmount && offlineOnly {
		in.NotAllowed = true
	}
	if in.FloorLimitExceeded || in.StatusCheckRequested || in.ZeroAmount && !offlineOnly {
		c.ttq[1] |= ttqCryptogramOnline
	}
	if in.CVMRequired {
		c.ttq[1] |= ttqCVMRequired
	}
}
