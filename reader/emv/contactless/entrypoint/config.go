package entrypoint

import (
	"bytes"
	"errors"
	"slices"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/internal/strict"
)

// ErrConfig reports a configuration that Entry Point cannot honour.
var ErrConfig = errors.New("entrypoint: configuration invalid")

// A Config is Entry Point's part of the signed reader configuration (Book A,
// clause 5). It is not modified after New.
type Config struct {
	// Autorun: the field is always on and the amount is fixed, so that Entry
	// Point begins at Start B without pre-processing.
	Autorun bool `json:"autorun,omitempty"`

	Sets []Set `json:"sets"`
}

// A Set gives the same settings to several combinations. A limit that is nil
// is not configured and is not checked. Amounts are in minor units.
type Set struct {
	TransactionTypes emv.Hex `json:"transaction_types"` // 9C, one byte each

	StatusCheckSupport bool    `json:"status_check_support,omitempty"`
	ZeroAmountAllowed  *bool   `json:"zero_amount_allowed,omitempty"` // nil allows
	ExtendedSelection  bool    `json:"extended_selection,omitempty"`
	TransactionLimit   *uint64 `json:"transaction_limit,omitempty"`    // not allowed from here
	FloorLimit         *uint64 `json:"floor_limit,omitempty"`          // online above
	TerminalFloorLimit *uint64 `json:"terminal_floor_limit,omitempty"` // 9F1B, where FloorLimit is nil
	CVMRequiredLimit   *uint64 `json:"cvm_required_limit,omitempty"`   // CVM from here
	TTQ                emv.Hex `json:"ttq,omitempty"`                  // 9F66, 4 bytes or none

	Combinations []Combination `json:"combinations"`
}

// A Combination is an application that the reader accepts with a kernel. Names
// of the card that begin with the AID match it too.
type Combination struct {
	AID      emv.Hex `json:"aid"`    // 5 to 16 bytes
	KernelID emv.Hex `json:"kernel"` // 1 byte, or 3 bytes for a domestic kernel
}

// ParseConfig reads a configuration from JSON and checks it. Unknown names
// and anything behind the object are refused.
func ParseConfig(b []byte) (Config, error) {
	var c Config
	if !strict.JSON(b, &c) {
		return Config{}, ErrConfig
	}
	return c, c.Validate()
}

// Validate refuses lengths and amounts out of range, kernel identifiers that no
// card can ask for, and a combination that one transaction type has twice.
func (c Config) Validate() error {
	if len(c.Sets) == 0 || len(c.Sets) > maxSets {
		return ErrConfig
	}
	for _, s := range c.Sets {
		if !s.valid() {
			return ErrConfig
		}
	}
	for _, s := range c.Sets {
		for _, t := range s.TransactionTypes {
			if !distinct(c.combinations(t)) {
				return ErrConfig
			}
		}
	}
	return nil
}

func (s Set) valid() bool {
	types := bytes.Clone(s.TransactionTypes)
	slices.Sort(types)
	return len(types) > 0 && len(slices.Compact(types)) == len(s.TransactionTypes) &&
		inRange(s.TransactionLimit) && inRange(s.FloorLimit) &&
		inRange(s.TerminalFloorLimit) && inRange(s.CVMRequiredLimit) &&
		(len(s.TTQ) == 0 || len(s.TTQ) == 4) && len(s.Combinations) > 0 &&
		!slices.ContainsFunc(s.Combinations, func(c Combination) bool { return !c.valid() })
}

func inRange(amount *uint64) bool { return amount == nil || *amount <= maxAmount }

func (c Combination) valid() bool {
	return len(c.AID) >= minName && len(c.AID) <= maxName && validKernelID(c.KernelID)
}

func (c Combination) equal(d Combination) bool {
	return bytes.Equal(c.AID, d.AID) && bytes.Equal(c.KernelID, d.KernelID)
}

// distinct bounds the list before it compares pairs.
func distinct(list []combination) bool {
	if len(list) > maxCombinations {
		return false
	}
	for i, a := range list {
		for _, b := range list[:i] {
			if a.equal(b.Combination) {
				return false
			}
		}
	}
	return true
}

// combinations lists what is configured for a transaction type, in the order of
// preference: a later set, which is the more special one, before an earlier one,
// and within a set as they stand. It decides only where Book B leaves the choice
// free, among combinations that one directory entry names equally (3.3.3.2).
func (c Config) combinations(transactionType byte) (out []combination) {
	for i := range slices.Backward(c.Sets) {
		s := &c.Sets[i]
		if !bytes.Contains(s.TransactionTypes, []byte{transactionType}) {
			continue
		}
		for _, one := range s.Combinations {
			out = append(out, combination{Combination: one, set: s})
		}
	}
	return out
}
