package conformance

import (
	"bytes"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/element"
)

// Make is an element that is asked. All of one comparison hold the same keys.
type Make struct {
	Name       string
	Verbs      uint32 // bit n: the verb of kind n is offered
	Operations element.Operations
}

// Offers reports whether the make has a verb.
func (m Make) Offers(k element.Kind) bool { return m.Verbs>>k&1 == 1 }

// Question is one request as it crosses the door.
type Question struct {
	Kind   element.Kind
	Body   []byte
	Chance element.Chance
}

// Ask returns the answer, its kind first.
func (q Question) Ask(m Make) []byte {
	return element.Handle(nil, m.Operations, q.Kind, q.Body, &q.Chance)
}

// Report tells what a comparison found.
type Report struct {
	Answered    int            // questions that the first make which has the verb did not refuse
	Refused     int            // and that it did
	LeftOut     map[string]int // questions by the name of a make that does not offer their verb
	Differences []Difference
}

// Difference is a question that two makes answer differently.
type Difference struct {
	Question int // its number
	Kind     element.Kind
	Makes    [2]string
	Outcomes [2]string // code, or that there is an answer: never what is in it
}

func (d Difference) String() string {
	return fmt.Sprintf("question %d, verb %02X: %s says %q and %s %q",
		d.Question, d.Kind, d.Makes[0], d.Outcomes[0], d.Makes[1], d.Outcomes[1])
}

// Compare asks all makes all questions. The first that has a verb is what the
// others are held to.
func Compare(makes []Make, questions []Question) Report {
	r := Report{LeftOut: make(map[string]int)}
	for i, q := range questions {
		r.ask(makes, i, q)
	}
	return r
}

func (r *Report) ask(makes []Make, number int, q Question) {
	var first Make
	var want []byte
	for _, m := range makes {
		if !m.Offers(q.Kind) {
			r.LeftOut[m.Name]++
			continue
		}
		got := q.Ask(m)
		switch {
		case want == nil:
			first, want = m, got
			r.count(got)
		case !bytes.Equal(got, want):
			r.Differences = append(r.Differences, Difference{
				Question: number, Kind: q.Kind,
				Makes: [2]string{first.Name, m.Name}, Outcomes: [2]string{outcome(want), outcome(got)},
			})
		}
	}
}

func (r *Report) count(answer []byte) {
	if answer[0] == element.KindRefusal {
		r.Refused++
		return
	}
	r.Answered++
}

func outcome(answer []byte) string {
	if answer[0] == element.KindRefusal && len(answer) == 2 {
		return element.Code(answer[1]).String()
	}
	return fmt.Sprintf("an answer of %d bytes", len(answer)-1)
}
