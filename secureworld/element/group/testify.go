package group

import "github.com/strongroom-pos/strongroom/secureworld/element/group/door"

// testify answers a question again, without its body, and signs what it says.
func (m *Member) testify(r *door.Testify) (*door.Testimony, error) {
	q, rest, err := door.ParseQuestion(r.Question)
	if err != nil || len(rest) != 0 {
		return nil, refusal(door.CodeMalformed)
	}
	e := m.epochs.find(q.Group, q.Epoch)
	if e == nil {
		return nil, refusal(door.CodeEpoch)
	}
	s := m.scratch()
	defer m.done(s)
	a := m.answer(s, turn{question: &q, encoded: r.Question, again: true}, door.MaxBody)
	encoded := door.AppendAnswer(nil, &a)
	signed := door.TestimonyInput(nil, e.hash[:], r.Question, encoded)
	return &door.Testimony{Answer: encoded, Signature: m.cfg.Identity.Sign(signed)}, nil
}
