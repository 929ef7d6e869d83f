package conformance

import "github.com/strongroom-pos/strongroom/secureworld/element"

// AddAppletRoot adds the key from which those of applets come, for makes that run them:
// others know no such slot.
func (w *World) AddAppletRoot() error {
	return w.add(slotHead{slot: element.SlotAppletRoot, usage: "B3", algorithm: 'A', mode: 'X', size: 32}, w.random.bytes(32))
}
