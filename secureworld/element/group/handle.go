package group

import (
	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// nobody is to blame.
const nobody = 255

// Handle answers one frame. It appends the answer's kind and body to dst; whatever is
// wrong is answered with a Refusal. It is the permit table: one line for each request.
func (m *Member) Handle(dst []byte, kind byte, body []byte) []byte {
	switch kind {
	case door.KindIdentify:
		return respond(dst, kind, body, m.identify)
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
