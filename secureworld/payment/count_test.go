package payment

import (
	"math"
	"testing"
)

func TestACountHasNoRoomForACardNumber(t *testing.T) {
	for n, want := range map[uint64]bool{0: true, 999_999_999_999: true, 1_000_000_000_000: false,
		4_222_222_222_222: false, 4_111_111_111_111_111: false, math.MaxUint64: false} {
		if Count(n).Valid() != want {
			t.Errorf("%d: valid is %v", n, !want)
		}
		if c := CountOf(n); !c.Valid() || want && uint64(c) != n || !want && c != MaxCount {
			t.Errorf("counted as %d", c)
		}
	}
}
