package elementtest

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Compare asks both n questions. A right question must be answered and not
// refused, so that two elements cannot agree by refusing everything.
func (w *World) Compare(t *testing.T, n int, one, two element.Operations) {
	t.Helper()
	refused := 0
	for i, q := range w.Questions(t, n) {
		a, b := q.Ask(one), q.Ask(two)
		if !bytes.Equal(a, b) {
			t.Errorf("question %d, verb %02X: %s and %s", i, q.Kind, outcome(a), outcome(b))
		}
		if q.Right && a[0] == element.KindRefusal {
			t.Errorf("question %d, verb %02X, is right and was refused: %s", i, q.Kind, outcome(a))
		}
		if a[0] == element.KindRefusal {
			refused++
		}
	}
	if refused == 0 && n >= 100 {
		t.Error("no question was refused: the broken ones are none")
	}
}

func outcome(answer []byte) string {
	if answer[0] == element.KindRefusal && len(answer) > 1 {
		return element.Code(answer[1]).String()
	}
	return "an answer"
}
