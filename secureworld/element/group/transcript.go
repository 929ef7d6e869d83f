package group

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/group/door"
	"github.com/strongroom-pos/strongroom/secureworld/element/identity"
)

// examine holds a transcript to this member's rules. It returns the member's own index
// and who the members are.
func (m *Member) examine(t *door.Transcript) (self int, holders []identity.Holder, err error) {
	switch {
	case t.Group == door.GroupID{} || t.Verbs == 0 || len(t.Members) < least(t.Mode):
		return 0, nil, refusal(door.CodeMalformed)
	case t.Epoch <= m.last:
		return 0, nil, refusal(door.CodeEpoch)
	case t.Verbs&^m.cfg.Verbs != 0:
		return 0, nil, refusal(door.CodeVerb)
	}
	if self = m.find(t); self < 0 {
		return 0, nil, refusal(door.CodeCertificate)
	}
	holders = make([]identity.Holder, len(t.Members))
	for j := range t.Members {
		if holders[j], err = m.admit(t, j); err != nil {
			return 0, nil, err
		}
		for k := range j {
			if holders[k].Key.Equal(holders[j].Key) {
				return 0, nil, blame(door.CodeCertificate, j)
			}
		}
	}
	return self, holders, nil
}

// least is how many members a mode needs. A quorum that lost all but two goes on as long
// as they agree.
func least(m door.Mode) int {
	if m == door.ModeSingle {
		return 1
	}
	return 2
}

func (m *Member) admit(t *door.Transcript, j int) (identity.Holder, error) {
	i := &t.Members[j]
	h, err := m.cfg.Identity.Authorities.Member(i)
	switch {
	case err != nil:
		return h, blame(door.CodeCertificate, j)
	case i.Version != element.LanguageVersion || t.Verbs&^i.Verbs != 0:
		return h, blame(door.CodeVerb, j)
	}
	return h, nil
}

// find is where this member stands in the transcript, exactly as it would identify
// itself: an MCU that gave others another agreement key for it gets no signature.
func (m *Member) find(t *door.Transcript) int {
	mine := m.identity()
	for j := range t.Members {
		i := &t.Members[j]
		if i.Agreement == mine.Agreement && i.Version == mine.Version && i.Verbs == mine.Verbs &&
			bytes.Equal(i.Make, mine.Make) && bytes.Equal(i.Manufacturer, mine.Manufacturer) && bytes.Equal(i.Operator, mine.Operator) {
			return j
		}
	}
	return -1
}
