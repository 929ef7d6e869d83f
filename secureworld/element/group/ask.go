package group

import (
	"crypto/sha256"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/channel"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
)

// scratch is the memory of one frame of questions: the fast path allocates none.
type scratch struct {
	questions []door.Question
	request   []byte // plaintext
	answer    []byte // plaintext
	sealed    []byte
	data      []byte // sealed along
	random    []byte
	chance    element.Chance
	used      int // longest plaintext of this frame
}

// scratch has room for the longest plaintexts, so that none is left behind by growing.
func (m *Member) scratch() *scratch {
	s, ok := m.pool.Get().(*scratch)
	if !ok {
		return &scratch{
			questions: make([]door.Question, 0, door.MaxQuestions),
			request:   make([]byte, 0, element.MaxBody),
			answer:    make([]byte, 0, door.MaxAnswer),
		}
	}
	return s
}

// done clears what a frame left behind.
func (m *Member) done(s *scratch) {
	s.wipe()
	m.pool.Put(s)
}

// wipe clears the plaintexts, as far as there were any.
func (s *scratch) wipe() {
	clear(s.request[:min(s.used, cap(s.request))])
	clear(s.answer[:min(s.used, cap(s.answer))])
	clear(s.random[:cap(s.random)])
	clear(s.chance[:])
	clear(s.questions)
	s.used = 0
}

// turn is one question's way through this member.
type turn struct {
	question *door.Question
	encoded  []byte // as it came
	lead     bool
	again    bool // a testimony: counters are not used up
}

// ask answers a frame of questions in their order.
func (m *Member) ask(dst, body []byte) []byte {
	s := m.scratch()
	defer m.done(s)
	questions, lead, err := door.ParseAsk(body, s.questions)
	if err != nil {
		return refuse(dst, refusal(door.CodeMalformed))
	}
	s.questions = questions
	dst = append(dst, door.KindAsk|door.KindAnswer, byte(len(questions)>>8), byte(len(questions)))
	room := door.MaxBody - 2
	rest := body[askHeader:]
	for i := range questions {
		size := questions[i].Size()
		t := turn{question: &questions[i], encoded: rest[:size], lead: lead}
		rest = rest[size:]
		// Every answer after this one needs room too, if only without its body.
		spare := room - (len(questions)-1-i)*(&door.Answer{}).Size()
		a := m.answer(s, t, spare)
		dst = door.AppendAnswer(dst, &a)
		room -= a.Size()
	}
	return dst
}

// askHeader is the count and the wish to lead.
const askHeader = 3

// answer answers one question with at most room bytes. Its body aliases s.
func (m *Member) answer(s *scratch, t turn, room int) door.Answer {
	a := door.Answer{Seen: sha256.Sum256(t.encoded)}
	e := m.epochs.get(t.question.Group, t.question.Epoch)
	if e == nil {
		a.Code = door.CodeEpoch
	} else {
		m.inEpoch(s, e, t, room, &a)
		e.leave()
	}
	if a.Code == door.CodeAnswered {
		m.answered.Add(1)
	} else {
		m.refused.Add(1)
	}
	return a
}

// inEpoch answers under the session's keys, and votes for what it says.
func (m *Member) inEpoch(s *scratch, e *epoch, t turn, room int, a *door.Answer) {
	one := e.sessions.get(t.question.Session)
	if one == nil {
		a.Code = door.CodeSession
		return
	}
	defer one.release()
	if a.Code = m.inSession(s, e, one, t, a); a.Code == door.CodeAnswered && t.lead {
		a.Body = s.sealed[door.SIVSize:]
		if a.Size() > room { // to be asked again in a frame of fewer
			a.Body = nil
			one.led.release(t.question.Counter)
		}
	}
	if one.votes != nil {
		a.Vote = one.votes.Sum(t.question, a)
	}
}

// inSession opens the question, asks the element, and seals what it says.
func (m *Member) inSession(s *scratch, e *epoch, one *session, t turn, a *door.Answer) door.Code {
	q, window := t.question, one.window(t.lead)
	if q.Verb >= 32 || e.transcript.Verbs&(1<<q.Verb) == 0 {
		return door.CodeVerb
	}
	if !t.again && !window.open(q.Counter) {
		return door.CodeReplay // before the cost of opening it
	}
	var err error
	s.data = channel.QuestionData(s.data[:0], q, e.transcript.Policy)
	if s.request, err = one.keys.Request.Open(s.request[:0], q.Sealed, s.data); err != nil {
		return door.CodeSeal
	}
	if !t.again && !window.use(q.Counter) {
		return door.CodeReplay
	}
	s.random = e.chance.Seal(s.random[:0], make([]byte, door.SIVSize), a.Seen[:])
	copy(s.chance[:], s.random)
	s.answer = element.Handle(s.answer[:0], m.cfg.Operations, q.Verb, s.request, &s.chance)
	s.used = max(s.used, len(s.request), len(s.answer))
	switch code := refusedAs(s.answer); code {
	case element.CodeUnavailable:
		return door.CodeUnavailable
	case element.CodeNotLoaded:
		return door.CodeLacks
	}
	s.data = channel.AnswerData(s.data[:0], q, e.transcript.Policy, &a.Seen)
	s.sealed = one.keys.Answer.Seal(s.sealed[:0], s.answer, s.data)
	a.SIV = [door.SIVSize]byte(s.sealed)
	return door.CodeAnswered
}

// refusedAs is the code of a refusal. That the keys are in a device which is not there,
// or that an applet is not loaded, is no answer, or a member whose card was pulled, or
// that was away when others loaded it, would be taken for one that lies.
func refusedAs(answer []byte) element.Code {
	if len(answer) != 2 || answer[0] != element.KindRefusal {
		return 0
	}
	return element.Code(answer[1])
}
