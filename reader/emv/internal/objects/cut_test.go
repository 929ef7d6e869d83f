package objects

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func TestAnElementIsCutOutAndTheRestStaysAsItCame(t *testing.T) {
	list := []byte{0x9F, 0x27, 0x01, 0x80, 0x00, 0x9F, 0x4B, 0x81, 0x02, 0xAA, 0xBB, 0x9F, 0x36, 0x02, 0x00, 0x01}
	before, behind, ok := Cut(list, tlv.Tag9F4BSignedDynamicApplicationData)
	if !ok || !bytes.Equal(before, list[:5]) || !bytes.Equal(behind, list[11:]) {
		t.Fatalf("%X %X %v", before, behind, ok)
	}
	for name, bad := range map[string][]byte{
		"absent": {0x82, 0x01, 0x00}, "cut": {0x9F, 0x4B, 0x05, 0x01}, "no length": {0x9F, 0x4B},
		"indefinite": {0x9F, 0x4B, 0x80, 0x01}, "endless tag": {0x9F, 0xFF, 0xFF, 0xFF, 0xFF}, "length cut": {0x9F, 0x4B, 0x82, 0x00},
	} {
		if _, _, ok := Cut(bad, tlv.Tag9F4BSignedDynamicApplicationData); ok {
			t.Errorf("%s: found", name)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add([]byte{0x9F, 0x27, 0x01, 0x80, 0x9F, 0x4B, 0x81, 0x01, 0xAA}, uint32(0x9F4B))
	f.Fuzz(func(t *testing.T, list []byte, tag uint32) {
		before, behind, ok := Cut(list, tlv.Tag(tag))
		if !ok {
			return
		}
		l, err := tlv.ParseCard(list)
		if err != nil {
			return
		}
		if e, found := l.Top(tlv.Tag(tag)); !found || len(before)+len(behind)+len(e.Value) >= len(list) {
			t.Fatalf("cut %X out of %X, which is not there", tag, list)
		}
	})
}
