package leak

import (
	"testing"

	"github.com/strongroom-pos/strongroom/internal/evidence/members"
	"github.com/strongroom-pos/strongroom/internal/scan"
)

func TestEachFormIsFoundByItsOwnNameAlone(t *testing.T) {
	leaks, err := Make()
	if err != nil {
		t.Fatal(err)
	}
	var n scan.Needles
	if err := AddTo(&n, leaks); err != nil {
		t.Fatal(err)
	}
	m := n.Compile()
	for _, l := range leaks {
		seen := 0
		members.Search(m, l.Bytes, func(f scan.Match) {
			if l.IsSeenIn(f) {
				seen++
			}
			for _, other := range leaks {
				if other.Form != l.Form && other.IsSeenIn(f) {
					t.Errorf("%s is taken for %s", l.Form, other.Form)
				}
			}
		})
		if seen == 0 {
			t.Errorf("%s is not found", l.Form)
		}
	}
	t.Logf("%d forms", len(leaks))
}
