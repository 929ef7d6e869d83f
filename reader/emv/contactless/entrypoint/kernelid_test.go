package entrypoint

import (
	"fmt"
	"testing"
)

func TestKernelIdentifiersOfEveryForm(t *testing.T) {
	const other = "A0000000010001"
	for _, c := range []struct{ id, aid, want string }{
		{"", "A0000000031010", "03"},
		{"", "A0000000041010", "02"},
		{"", "A00000002501", "04"},
		{"", "A0000000651010", "05"},
		{"", "A0000001523010", "06"},
		{"", "A0000003241010", "06"},
		{"", "A000000333010101", "07"},
		{"", other, "00"},
		{"00", other, "00"},
		{"00FFFF", other, "00"},
		{"03", other, "03"},
		{"2B", other, "2B"},
		{"23FF00FF00FF00FF", other, "23"},
		{"43", other, "43"},
		{"7F1234", other, "7F"},
		{"80", other, "refused"},
		{"C001", other, "refused"},
		{"8109", other, "refused"},
		{"800978", other, "refused"},
		{"C00000", other, "refused"},
		{"810978", other, "810978"},
		{"BF084000000000", other, "BF0840"},
		{"C11111", other, "C11111"},
		{"FF222233", other, "FF2222"},
	} {
		got := "refused"
		if id, ok := requestedKernel(unhex(t, c.id), unhex(t, c.aid)); ok {
			got = fmt.Sprintf("%X", id)
		}
		if got != c.want {
			t.Errorf("%q with %s: %s", c.id, c.aid, got)
		}
	}
}

func TestOnlyZeroLeavesTheKernelToTheReader(t *testing.T) {
	for _, c := range []struct {
		kernel, requested string
		want              bool
	}{
		{"21", "21", true}, {"21", "00", true}, {"BF0840", "00", true}, {"BF0840", "BF0840", true},
		{"21", "22", false}, {"BF0840", "BF0978", false}, {"3F", "BF0840", false}, {"03", "43", false},
	} {
		if serves(unhex(t, c.kernel), unhex(t, c.requested)) != c.want {
			t.Errorf("%+v", c)
		}
	}
}
