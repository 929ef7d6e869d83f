package timing

import (
	"crypto/subtle"
	"testing"
)

// early compares as one does without thinking.
func early(a, b []byte) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestAComparisonThatEndsEarlyIsFound(t *testing.T) {
	right, given, seen := make([]byte, 32), make([]byte, 32), 0
	wrong := func(class int) { // in the first or in the last byte
		clear(given)
		given[class*31] = 1
	}
	op := func(compare func(a, b []byte) bool) func() {
		return func() {
			if compare(given, right) {
				seen++
			}
		}
	}
	if got := Differ(wrong, op(early)); got < Found {
		t.Errorf("a leaky comparison: %.1f", got)
	}
	if got := Differ(wrong, op(func(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 })); got > Found {
		t.Errorf("a comparison in constant time: %.1f", got)
	}
	if seen != 0 {
		t.Error("wrong tags are right")
	}
}

func TestTheStatisticIsStudents(t *testing.T) {
	// Mean 2, variance 1, three: 2 / sqrt(1/3).
	if _, got := statistic([]float64{1, 2, 3}); got < 3.463 || got > 3.465 {
		t.Errorf("%f", got)
	}
	if _, got := statistic([]float64{0, 0, 0}); got != 0 {
		t.Errorf("no difference: %f", got)
	}
}
