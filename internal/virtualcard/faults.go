package virtualcard

import "math/rand/v2"

// An Effect is what happens at a command beyond its answer.
type Effect byte

// The effects.
const (
	EffectAnswer Effect = iota // the answer goes out
	EffectMute                 // nothing goes out, the card stays
	EffectTear                 // the card is gone and nothing goes out
)

// Do answers one command as the profile's faults want it.
func (c *Card) Do(capdu []byte) ([]byte, Effect) {
	c.count++
	name, p := c.name(capdu), c.profile
	torn := p.TearAt == c.count || p.TearAtCommand != "" && p.TearAtCommand == name
	if torn && !p.TearAfter {
		return nil, EffectTear
	}
	if p.MuteAt == c.count || p.MuteAtCommand != "" && p.MuteAtCommand == name {
		return nil, EffectMute
	}
	out := c.Process(capdu)
	if torn {
		return nil, EffectTear
	}
	return c.spoil(name, out), EffectAnswer
}

// name gives commands the names that profiles use.
func (c *Card) name(capdu []byte) string {
	if len(capdu) < 2 {
		return ""
	}
	switch capdu[1] {
	case 0xA4:
		return "select"
	case 0xA8:
		return "gpo"
	case 0xB2:
		return "read"
	case 0xCA:
		return "getdata"
	case 0x82:
		return "extauth"
	case 0xAE:
		if c.stage < stageRequested {
			return "gac1"
		}
		return "gac2"
	default:
		return ""
	}
}

func (c *Card) spoil(name string, honest []byte) []byte {
	p := c.profile
	here := p.FaultCommand == name || p.FaultCommand == "" && name != "select"
	if !here {
		return honest
	}
	switch p.Garbage {
	case GarbageNonsense:
		return nonsense()
	case GarbageEndless:
		return endless()
	case GarbageStatus:
		return status(0x6F00)
	case GarbageOneByte:
		return []byte{0x90}
	default:
		return honest
	}
}

func nonsense() []byte {
	b := make([]byte, rand.IntN(250)) //nolint:gosec // noise, not a secret
	for i := range b {
		b[i] = byte(rand.Uint32()) //nolint:gosec // noise, not a secret
	}
	return answer(b)
}

// endless nests templates until the length field fills the answer.
func endless() []byte {
	var b []byte
	for n := byte(120); n > 0; n -= 2 {
		b = append(b, 0x70, n)
	}
	return answer(b)
}
