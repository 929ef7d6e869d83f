package cmac_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/internal/timing"
	"github.com/strongroom-pos/strongroom/secureworld/cmac"
)

// A70: how long a MAC is compared does not tell how much of it is right.
func TestA70AMACIsComparedInOneTime(t *testing.T) {
	b := block(t, "AES", make([]byte, 32))
	message, room := make([]byte, 16), new(cmac.Room)
	right := cmac.Sum(nil, b, message)
	var wrong [2][]byte
	for class, at := range []int{0, len(right) - 1} {
		wrong[class] = append([]byte{}, right...)
		wrong[class][at] ^= 1
	}
	tag, taken := make([]byte, len(right)), 0
	put := func(class int) { copy(tag, wrong[class]) }
	op := func(verify func(tag []byte) bool) func() {
		return func() {
			if verify(tag) {
				taken++
			}
		}
	}
	if d := timing.Differ(put, op(func(tag []byte) bool { return room.Verify(b, tag, message) })); d > timing.Found {
		t.Errorf("a statistic of %.1f", d)
	}
	sum := make([]byte, 0, len(right))
	leaky := func(tag []byte) bool {
		for i, c := range room.Sum(sum, b, message) {
			if c != tag[i] {
				return false
			}
		}
		return true
	}
	if d := timing.Differ(put, op(leaky)); d < timing.Found {
		t.Errorf("hole: a comparison that ends early has a statistic of %.1f", d)
	}
	if taken != 0 || !cmac.Verify(b, right, message) {
		t.Error("twin: wrong MACs are taken, or the right one is not")
	}
}
