package hostspec_test

import (
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

func TestEntryModesAreReadAndWritten(t *testing.T) {
	for _, m := range hostspec.EntryModes() {
		for _, c := range []hostspec.PINCapability{hostspec.PINCapable, hostspec.PINless} {
			mode, capability, ok := hostspec.ParseEntryMode(m.Field(c))
			if !ok || mode != m || capability != c {
				t.Errorf("%s is not read back", m.Field(c))
			}
		}
	}
	if hostspec.EntryModeChip != hostspec.EntryChip.Field(hostspec.PINCapable) {
		t.Error("051 is not a chip")
	}
	for _, s := range []string{"", "05", "050", "053", "0511", "001", "061", "811", "ABC"} {
		if _, _, ok := hostspec.ParseEntryMode(s); ok {
			t.Errorf("%q is an entry mode", s)
		}
	}
}

func TestEveryEntryModeSaysWhatItCarries(t *testing.T) {
	for _, m := range hostspec.EntryModes() {
		c := m.Content()
		if none := len(c.Needs)+len(c.May) == 0; c.Condition == "" || none != (m == hostspec.EntryStored) {
			t.Errorf("%s has no content", m)
		}
		chip := m == hostspec.EntryChip || m == hostspec.EntryContactlessChip || m == hostspec.EntryContactlessStripe
		if chip != (len(c.ICC) > 0) {
			t.Errorf("%s: DE 55", m)
		}
		for _, tag := range c.Needs {
			if slices.Contains(c.May, tag) {
				t.Errorf("%s: %X is needed and may be there", m, tag)
			}
		}
	}
	if c := hostspec.EntryMode("06").Content(); c.Condition != "" {
		t.Error("what is no entry mode has content")
	}
}
