package kernel3

import (
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/oda"
)

// TestASignedRecordOfTheIssuersFilesMustBeATemplate: EMV 4.4 Book 3, clause 10.3.
func TestASignedRecordOfTheIssuersFilesMustBeATemplate(t *testing.T) {
	for name, c := range map[string]struct {
		afl, record string
		unsound     bool
		static      int
	}{
		"template":              {"58010101", "7003500141", false, 5},
		"no template":           {"58010101", "500141", true, 3},
		"more behind":           {"58010101", "700350014100", true, 6},
		"no template, unsigned": {"58010100", "500141", false, 0},
	} {
		k := newKernel(t, offline(), oda.Set{}, anActivation(t, everyReader))
		k.records = recordCursor{afl: unhex(t, c.afl), record: 1}
		k.signWhole(unhex(t, c.record))
		if k.unsound != c.unsound || len(k.static) != c.static {
			t.Errorf("%s: unsound %t, %d bytes", name, k.unsound, len(k.static))
		}
	}
}
