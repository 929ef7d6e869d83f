//go:build linux

package main

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/handover"
	"github.com/strongroom-pos/strongroom/secureworld/kernel/internal/deviceroot"
)

// The door, the record and the description each have numbers of their own for one
// protection; boot's log says the door's for the record's.
func TestAProtectionIsTheSameAtTheDoorInTheRecordAndInTheDescription(t *testing.T) {
	for p := range 256 {
		at, known := protections()[handover.Protection(p)]
		if known != handover.Protection(p).Valid() {
			t.Errorf("%d: known %v", p, known)
		}
		if known && (named(at).String() != handover.Protection(p).String() || byte(at) != byte(p)) {
			t.Errorf("%v is %v here and %d in the record", handover.Protection(p), named(at), at)
		}
	}
	if named(deviceroot.ByFile).String() != handover.Protection(0).String() {
		t.Error("by file is something else")
	}
}
