package provision

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

func TestAnotherElementGetsTheSameKeysForTheSamePurposesUnderItsOwnKey(t *testing.T) {
	from, to, key := bytes.Repeat([]byte{1}, aesSize), bytes.Repeat([]byte{2}, aesSize), bytes.Repeat([]byte{0x2A}, tdesSize)
	block, err := wrap(from, kind{"V1", 'T', 'C'}, key)
	if err != nil {
		t.Fatal(err)
	}
	f := element.KeyFile{Keys: []element.KeyEntry{{Slot: element.SlotPVK, Block: block, Decimalisation: decimalisation}}}
	got, err := Rewrap(f, from, to)
	if err != nil {
		t.Fatal(err)
	}
	if k := got.Keys[0]; k.Slot != element.SlotPVK || k.Decimalisation != decimalisation || k.Block == block {
		t.Errorf("%+v", k)
	}
	if opened, err := unwrap(to, kind{"V1", 'T', 'C'}, got.Keys[0].Block); err != nil || !bytes.Equal(opened, key) {
		t.Errorf("%x %v", opened, err)
	}
	room := make([]byte, len(block))
	if _, _, err := keyblock.Unwrap(from, []byte(got.Keys[0].Block), room); err == nil {
		t.Error("it opens under the first element's key too")
	}
	if _, err := Rewrap(f, to, from); err == nil {
		t.Error("rewrapped without the right key")
	}
}
