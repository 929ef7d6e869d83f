package group

import (
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// Handle answers one frame. It appends the answer's kind and body to dst; whatever is
// wrong is answered with a Refusal. It is the permit table: one line for each request.
func (m *Member) Handle(dst []byte, kind byte, body []byte) []byte {
	switch kind {
	case door.KindIdentify:
		return respond(dst, kind, body, m.identify)
	case door.KindPropose:
		return respond(dst, kind, body, m.propose)
	case door.KindFix:
		return respond(dst, kind, body, m.fix)
	case door.KindDeliver:
		return respond(dst, kind, body, m.deliver)
	case door.KindActivate:
		return respond(dst, kind, body, m.activate)
	case door.KindRetire:
		return respond(dst, kind, body, m.retire)
	case door.KindOpen:
		return respond(dst, kind, body, m.open)
	case door.KindAsk:
		return m.ask(dst, body)
	case door.KindTestify:
		return respond(dst, kind, body, m.testify)
	case door.KindInquire:
		return respond(dst, kind, body, m.inquire)
	}
	return refuse(dst, refusal(door.CodeMalformed))
}

func respond[R, A any](dst []byte, kind byte, body []byte, act func(*R) (*A, error)) []byte {
	var request R
	if frame.Parse(body, &request) != nil {
		return refuse(dst, refusal(door.CodeMalformed))
	}
	result, err := act(&request)
	if err != nil {
		return refuse(dst, err)
	}
	out, err := frame.Append(append(dst, kind|door.KindAnswer), result)
	if err != nil {
		return refuse(dst, refusal(door.CodeState))
	}
	return out
}

// identify tells who this member is.
func (m *Member) identify(r *door.Identify) (*door.Identity, error) {
	i := m.identity()
	i.Signature = m.cfg.Identity.Sign(door.IdentityInput(nil, &r.Nonce, i))
	return i, nil
}

func (m *Member) identity() *door.Identity {
	who := m.cfg.Identity
	return &door.Identity{
		Make: []byte(m.cfg.Make), Version: element.LanguageVersion, Verbs: m.cfg.Verbs,
		Manufacturer: who.Manufacturer, Operator: who.Operator, Agreement: who.Agreement(),
	}
}

// retire ends an epoch at once.
func (m *Member) retire(r *door.Retire) (*door.Retired, error) {
	e := m.epochs.find(r.Group, r.Epoch)
	if e == nil {
		return nil, refusal(door.CodeEpoch)
	}
	m.epochs.end(e)
	return &door.Retired{}, nil
}

func (m *Member) inquire(*door.Inquire) (*door.Condition, error) {
	c := &door.Condition{Answered: m.answered.Load(), Refused: m.refused.Load()}
	if e := m.epochs.active(); e != nil {
		c.Epoch, c.Sessions = e.transcript.Epoch, uint16(e.sessions.count())
	}
	return c, nil
}
