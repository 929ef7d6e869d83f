package transaction

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

func TestEveryNumberOfAnOrderIsDrawnHere(t *testing.T) {
	l := newLane(t, script{})
	l.run()
	in := Input{Now: l.now, Event: Start{Reply: 1, Start: l.order(1)}}
	for i := range in.Random {
		in.Random[i] = byte(i + 1)
	}
	var take sred.Take
	for _, e := range l.core.Step(in) {
		if t, is := e.(TakeCard); is {
			take = t.Take
		}
	}
	got := bytes.Join([][]byte{take.Order[:], take.Unpredictable[:], take.Entropy[:]}, nil)
	if !bytes.Equal(got, in.Random[:]) {
		t.Errorf("%X", got)
	}
}
