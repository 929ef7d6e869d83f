package bus

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/element/bus/subject"
	group "github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	overseer "github.com/strongroom-pos/strongroom/secureworld/element/overseer/door"
)

// scripted answers with what it was given.
type scripted struct {
	releases []overseer.Release
	err      error
	picture  overseer.Picture
}

func (s scripted) Describe(context.Context) (overseer.Description, error) {
	return overseer.Description{Transcript: []byte{1}}, s.err
}
func (s scripted) Open(context.Context, group.Open) error { return s.err }
func (s scripted) Ask(context.Context, []group.Question) ([]overseer.Release, error) {
	return s.releases, s.err
}
func (s scripted) View(context.Context) (overseer.Picture, error) { return s.picture, s.err }

func question(n int) group.Question {
	return group.Question{Counter: 1, Sealed: make([]byte, group.SIVSize+n)}
}

func TestAGroupRefusesWhatIsNoRequest(t *testing.T) {
	one := encodeQuestions([]group.Question{question(1)})
	for name, c := range map[string]struct {
		verb    string
		message []byte
	}{
		"nothing":                       {subject.Ask, nil},
		"another kind than the subject": {subject.Describe, one},
		"an unknown verb":               {"retire", []byte{1}},
		"an answer":                     {subject.Ask, append([]byte{0x83}, one[1:]...)},
		"no questions":                  {subject.Ask, []byte{3, 0, 0}},
		"fewer questions than it says":  {subject.Ask, append([]byte{3, 0, 2}, one[3:]...)},
		"more bytes than it says":       {subject.Ask, append(bytes.Clone(one), 0)},
		"cut short":                     {subject.Ask, one[:len(one)-1]},
		"too many questions":            {subject.Ask, []byte{3, 0xff, 0xff}},
		"a describe with a body":        {subject.Describe, []byte{1, 0}},
		"a view with a body":            {subject.View, []byte{4, 0}},
		"an open that is none":          {subject.Open, []byte{2, 0}},
	} {
		got := answer(t.Context(), scripted{releases: make([]overseer.Release, 1)}, c.verb, c.message)
		if !bytes.Equal(got, refusal(group.CodeMalformed)) {
			t.Errorf("%s: %x", name, got)
		}
	}
}

func TestErrorsOfAnOverseerCrossAsCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		want group.Code
	}{
		{group.CodeEpoch, group.CodeEpoch},
		{errors.Join(group.CodeQuorum), group.CodeQuorum},
		{errors.New("of the library"), group.CodeUnavailable},
		{context.DeadlineExceeded, group.CodeUnavailable},
		{group.CodeAnswered, group.CodeUnavailable},
	} {
		message := encodeQuestions([]group.Question{question(1)})
		_, err := unwrap(overseer.KindAsk, answer(t.Context(), scripted{err: c.err}, subject.Ask, message))
		if !errors.Is(err, c.want) {
			t.Errorf("%v: %v", c.err, err)
		}
	}
}

func TestAnOverseerThatReleasesTooFewOrTooMuchIsRefused(t *testing.T) {
	message := encodeQuestions([]group.Question{question(1), question(1)})
	for name, s := range map[string]scripted{
		"too few": {releases: make([]overseer.Release, 1)},
		"none":    {},
	} {
		if got := answer(t.Context(), s, subject.Ask, message); !bytes.Equal(got, refusal(group.CodeUnavailable)) {
			t.Errorf("%s: %x", name, got)
		}
	}
}

func TestAClientTakesNoAnswerThatIsNone(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":           {},
		"of another kind":   {0x82},
		"a refusal of none": {0xff, 0},
		"an unknown code":   {0xff, 99},
		"a long refusal":    {0xff, 1, 1},
		"a bare refusal":    {0xff},
	} {
		if _, err := unwrap(overseer.KindAsk, b); !errors.Is(err, group.CodeMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestQuestionsAreSplitBySizeAndByNumber(t *testing.T) {
	many := make([]group.Question, group.MaxQuestions+1)
	for i := range many {
		many[i] = question(1)
	}
	long := []group.Question{question(4000), question(4000)}
	for range 4 {
		long = append(long, long...)
	}
	for name, c := range map[string]struct {
		questions []group.Question
		want      int
	}{
		"one":      {many[:1], 1},
		"a few":    {many[:64], 64},
		"too many": {many, group.MaxQuestions},
		"long":     {long, maxQuestionBytes / (64 + group.SIVSize + 4000)},
	} {
		if got := fitting(c.questions); got != c.want {
			t.Errorf("%s: %d, not %d", name, got, c.want)
		}
	}
}

func FuzzCanonicalQuestions(f *testing.F) {
	f.Add(encodeQuestions([]group.Question{question(0), question(9)})[1:])
	f.Add([]byte{0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		questions, err := parseQuestions(b)
		if err != nil {
			return
		}
		if got := encodeQuestions(questions)[1:]; !bytes.Equal(got, b) {
			t.Fatalf("%x becomes %x", b, got)
		}
	})
}
