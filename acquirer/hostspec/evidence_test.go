package hostspec

import (
	"bytes"
	"testing"
)

func TestEvidenceHasOneFormInItsFields(t *testing.T) {
	full, rest := make([]byte, evidencePart), []byte{1}
	for name, c := range map[string]struct {
		parts map[int][]byte
		want  int
	}{
		"one part":                {map[int][]byte{120: rest}, 1},
		"two":                     {map[int][]byte{120: full, 121: rest}, evidencePart + 1},
		"three full ones":         {map[int][]byte{120: full, 121: full, 122: full}, MaxEvidence},
		"none":                    {nil, 0},
		"the first missing":       {map[int][]byte{121: rest}, 0},
		"a short one before":      {map[int][]byte{120: rest, 121: rest}, 0},
		"a gap":                   {map[int][]byte{120: full, 122: rest}, 0},
		"an empty one at the end": {map[int][]byte{120: full, 121: {}}, 0},
	} {
		got := JoinEvidence(func(n int) ([]byte, bool) { b, ok := c.parts[n]; return b, ok })
		if len(got) != c.want {
			t.Errorf("%s: %d bytes, want %d", name, len(got), c.want)
		}
	}
}

func FuzzEvidence(f *testing.F) {
	f.Add([]byte{1}, uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, times uint8) {
		b = bytes.Repeat(b, int(times))
		if len(b) > MaxEvidence {
			return
		}
		parts := map[int][]byte{}
		for i, p := range SplitEvidence(b) {
			parts[EvidenceFields()[i]] = p
		}
		if !bytes.Equal(JoinEvidence(func(n int) ([]byte, bool) { p, ok := parts[n]; return p, ok }), b) {
			t.Error("it came back otherwise")
		}
	})
}
