package overseer

import (
	"context"
	"strconv"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// parrot says the same to every frame: what remains is the overseer's own cost.
type parrot struct{ answers []byte }

func (p parrot) Do(context.Context, byte, []byte) (byte, []byte, error) {
	return door.KindAsk | door.KindAnswer, p.answers, nil
}

// BenchmarkAsk is the cost of one question in a frame of some, compared over three
// members.
func BenchmarkAsk(b *testing.B) {
	for _, n := range []int{1, 8, 64, 256} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			answers := make([]door.Answer, n)
			questions := make([]door.Question, n)
			for i := range answers {
				answers[i] = door.Answer{SIV: [16]byte{byte(i)}, Body: make([]byte, 17)}
				questions[i] = door.Question{Group: door.GroupID{'g'}, Epoch: 1, Counter: 1, Verb: 5, Sealed: make([]byte, 64)}
			}
			link := parrot{door.AppendAnswers(nil, answers)}
			o, err := New(Config{Group: "g", Mode: door.ModeQuorum, Members: []Link{link, link, link}})
			if err != nil {
				b.Fatal(err)
			}
			o.life = b.Context()
			o.epoch = &epoch{number: 1, mode: door.ModeQuorum, verbs: ^uint32(0), members: o.members, need: 2}
			b.ReportAllocs()
			for b.Loop() {
				if r, err := o.Ask(b.Context(), questions); err != nil || r[0].Code != door.CodeAnswered {
					b.Fatal(err, r[0].Code)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/question")
			o.wg.Wait()
		})
	}
}
