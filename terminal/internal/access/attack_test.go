package access

import (
	"testing"

	"github.com/strongroom-pos/strongroom/internal/timing"
)

// A70: how long a secret is compared does not tell how much of it is right, nor how
// long it is.
func TestA70ASecretIsComparedInOneTime(t *testing.T) {
	s, err := Draw()
	if err != nil {
		t.Fatal(err)
	}
	right := s.Token()
	other := func(at int) string {
		b := []byte(right)
		b[at] ^= 1
		return string(b)
	}
	guesses, guess, taken := [2]string{other(0), other(len(right) - 1)}, "", 0
	put := func(class int) { guess = guesses[class] }
	op := func(is func(string) bool) func() {
		return func() {
			if is(guess) {
				taken++
			}
		}
	}
	if d := timing.Differ(put, op(s.IsToken)); d > timing.Found {
		t.Errorf("a statistic of %.1f", d)
	}
	leaky := func(given string) bool {
		for i := range len(given) {
			if given[i] != right[i] {
				return false
			}
		}
		return true
	}
	if d := timing.Differ(put, op(leaky)); d < timing.Found {
		t.Errorf("hole: a comparison that ends early has a statistic of %.1f", d)
	}
	if taken != 0 || !s.IsToken(right) {
		t.Error("twin: wrong secrets are taken, or the right one is not")
	}
}
