package hostspec_test

import (
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
)

func TestPermitsNameFieldsOfThisLinkOnly(t *testing.T) {
	var known []int
	for _, f := range hostspec.Fields() {
		known = append(known, f.Number)
	}
	for _, p := range hostspec.Permits() {
		for _, n := range append(slices.Clone(p.Mandatory), p.Optional...) {
			if !slices.Contains(known, n) {
				t.Errorf("%s names DE %d", p.MTI, n)
			}
		}
	}
}

func TestPermitsWantWhatIsMandatoryAndNothingElse(t *testing.T) {
	p, ok := hostspec.PermitOf(hostspec.MTINetwork)
	if !ok {
		t.Fatal("no permit for 0800")
	}
	has := func(numbers ...int) func(int) bool {
		return func(n int) bool { return slices.Contains(numbers, n) }
	}
	if !p.Allows(has(7, 11, 41, 48, 70, 128)) || !p.Allows(has(7, 11, 12, 13, 37, 41, 42, 48, 70, 128)) {
		t.Error("a good message is refused")
	}
	if p.Allows(has(7, 11, 41, 48, 128)) || p.Allows(has(4, 7, 11, 41, 48, 70, 128)) {
		t.Error("a bad message is allowed")
	}
	if _, ok := hostspec.PermitOf("0302"); ok {
		t.Error("0302 is allowed")
	}
}
