//go:build linux

package estate

import (
	"testing"
	"time"
)

func TestWhatEndsAgainAndAgainIsStartedEverMoreSeldom(t *testing.T) {
	k, at := newKeeper(), time.Unix(1000, 0)
	before := time.Duration(0)
	for range 7 {
		at = at.Add(time.Second)
		next := k.pause(MCU, at)
		if next <= before || next > againAtMost {
			t.Fatalf("%v after %v", next, before)
		}
		before = next
	}
	if other := k.pause(Element, at); other != againAfter {
		t.Errorf("another process waits %v", other)
	}
	if next := k.pause(MCU, at.Add(time.Minute)); next != againAfter {
		t.Errorf("after a long life it waits %v", next)
	}
	for range 20 {
		at = at.Add(time.Second)
		before = k.pause(MCU, at)
	}
	if before > againAtMost {
		t.Errorf("%v", before)
	}
}
