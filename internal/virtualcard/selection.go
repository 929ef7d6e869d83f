package virtualcard

import (
	"slices"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const (
	pse          = "1PAY.SYS.DDF01"
	ppse         = "2PAY.SYS.DDF01"
	directorySFI = 1
)

func (c *Card) selectFile(q command) []byte {
	if q.p1 != 0x04 {
		return status(0x6A86)
	}
	after := c.tx.place
	c.tx = transaction{}
	switch {
	case c.profile.Blocked || c.memory.blocked:
		return status(0x6A81)
	case string(q.data) == pse && q.p2 == 0 && c.face == Contact && !c.profile.NoPSE:
		return answer(c.profile.pseFCI())
	case string(q.data) == ppse && q.p2 == 0 && c.face == Contactless && !c.profile.NoPSE:
		return answer(c.ppseFCI())
	case q.p2 == 0 && len(q.data) >= 5:
		return c.selectApplication(q.data, 0)
	case q.p2 == 2 && len(q.data) >= 5 && after > 0:
		return c.selectApplication(q.data, after)
	default:
		return status(0x6A82)
	}
}

// selectApplication takes the first application at or behind a place whose AID
// begins with what was asked.
func (c *Card) selectApplication(asked []byte, from int) []byte {
	for i := from; i < len(c.applications); i++ {
		a := c.applications[i]
		if !hasPrefix(a.profile.AID, asked) {
			continue
		}
		c.tx = transaction{app: a, place: i + 1, stage: stageSelected, values: map[tlv.Tag][]byte{}}
		out := answer(a.fci())
		if a.memory.blocked {
			copy(out[len(out)-2:], status(0x6283))
		}
		return out
	}
	return status(0x6A82)
}

func (p Profile) pseFCI() []byte {
	b := tlv.Append(nil, tlv.Tag88ShortFileIdentifier, []byte{directorySFI})
	return fci([]byte(pse), tlv.Append(b, tlv.Tag5F2DLanguagePreference, []byte(p.Languages)))
}

// ppseFCI lists what can be tapped (EMV Contactless Book B, clause 3.3).
func (c *Card) ppseFCI() []byte {
	var list []byte
	for _, a := range c.applications {
		list = tlv.Append(list, tlv.Tag61ApplicationTemplate, a.entry())
	}
	return fci([]byte(ppse), tlv.Append(nil, tlv.TagBF0CFCIIssuerDiscretionaryData, list))
}

// entry is an application in the directory.
func (a *application) entry() []byte {
	p := a.profile
	b := tlv.Append(nil, tlv.Tag4FApplicationIdentifier, p.AID)
	b = tlv.Append(b, tlv.Tag50ApplicationLabel, []byte(p.Label))
	if p.PreferredName != "" && a.kernel == 0 {
		b = tlv.Append(b, tlv.Tag9F12ApplicationPreferredName, []byte(p.PreferredName))
	}
	b = tlv.Append(b, tlv.Tag87ApplicationPriorityIndicator, []byte{p.priority()})
	if a.kernel != 0 && p.Tap.KernelID {
		b = tlv.Append(b, tag9F2AKernel, []byte{a.kernel})
	}
	return b
}

func (p Profile) priority() byte {
	if p.Confirm {
		return p.Priority | 0x80
	}
	return p.Priority
}

func (a *application) fci() []byte {
	p := a.profile
	b := tlv.Append(nil, tlv.Tag50ApplicationLabel, []byte(p.Label))
	b = tlv.Append(b, tlv.Tag87ApplicationPriorityIndicator, []byte{p.priority()})
	b = appendSome(b, tlv.Tag9F38PDOL, a.pdol.Append(nil))
	if p.PreferredName != "" {
		b = tlv.Append(b, tlv.Tag9F11IssuerCodeTableIndex, []byte{0x01})
		b = tlv.Append(b, tlv.Tag9F12ApplicationPreferredName, []byte(p.PreferredName))
	}
	if p.Languages != "en" {
		b = tlv.Append(b, tlv.Tag5F2DLanguagePreference, []byte(p.Languages))
	}
	name := slices.Clone([]byte(p.AID))
	if p.Garbage == GarbageAID {
		name[len(name)-1] ^= 0x01
	}
	return fci(name, b)
}

func fci(name, proprietary []byte) []byte {
	b := tlv.Append(nil, tlv.Tag84DedicatedFileName, name)
	b = tlv.Append(b, tlv.TagA5FCIProprietaryTemplate, proprietary)
	return tlv.Append(nil, tlv.Tag6FFCITemplate, b)
}

// directory gives one entry a record, in the order of the profile.
func (c *Card) directory(number byte) ([]byte, bool) {
	if number < 1 || int(number) > len(c.applications) || c.face != Contact {
		return nil, false
	}
	return record(tlv.Append(nil, tlv.Tag61ApplicationTemplate, c.applications[number-1].entry())), true
}

func hasPrefix(aid, asked []byte) bool {
	return len(aid) >= len(asked) && string(aid[:len(asked)]) == string(asked)
}
