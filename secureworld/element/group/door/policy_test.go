package door_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

func TestOneAnswersAloneMACsAndReferencesOnly(t *testing.T) {
	for verb := range element.Kind(32) {
		cheap := verb == element.KindMACGenerate || verb == element.KindPANReference
		if door.Alone(door.PolicyCheap, door.ModeQuorum, verb) != cheap {
			t.Errorf("verb %02x", verb)
		}
		for _, policy := range []uint16{0, door.PolicyAll, 3} {
			if door.Alone(policy, door.ModeQuorum, verb) {
				t.Errorf("verb %02x under policy %d", verb, policy)
			}
		}
		if door.Alone(door.PolicyCheap, door.ModeDual, verb) {
			t.Errorf("verb %02x in mode dual", verb)
		}
	}
}
