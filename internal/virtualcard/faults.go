package virtualcard

import (
	"bytes"
	"math/rand/v2"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// An Effect is what happens at a command beyond its answer.
type Effect byte

// The effects.
const (
	EffectAnswer Effect = iota // the answer goes out
	EffectMute                 // nothing goes out, the card stays
	EffectTear                 // the card is gone and nothing goes out
	EffectLeave                // the answer goes out, and then the card is gone
)

// Do answers one command as the profile's faults want it.
func (c *Card) Do(capdu []byte) ([]byte, Effect) {
	c.count++
	name, p := c.name(capdu), c.profile
	torn := p.TearAt == c.count || p.TearAtCommand != "" && p.TearAtCommand == name
	if torn && !p.TearAfter && !p.TearBehind {
		return nil, EffectTear
	}
	if p.MuteAt == c.count || p.MuteAtCommand != "" && p.MuteAtCommand == name {
		return nil, EffectMute
	}
	out := c.Process(capdu)
	said := c.spoil(name, out)
	c.memory.note((!torn || p.TearBehind) && bytes.Equal(said, out), c.waiting != nil)
	switch {
	case torn && p.TearBehind:
		return said, EffectLeave
	case torn:
		return nil, EffectTear
	}
	return said, EffectAnswer
}

// name gives commands the names that profiles use.
func (c *Card) name(capdu []byte) string {
	if len(capdu) < 2 {
		return ""
	}
	if messaging(capdu[0]) {
		return "script"
	}
	if capdu[1] == 0xAE {
		if c.tx.stage < stageRequested {
			return "gac1"
		}
		return "gac2"
	}
	return commandNames()[capdu[1]]
}

func commandNames() map[byte]string {
	return map[byte]string{
		0xA4: "select", 0xA8: "gpo", 0xB2: "read", 0xCA: "getdata", 0x84: "challenge", 0x20: "verify",
		0x88: "intauth", 0x82: "extauth", 0x2A: "ccc", 0xEA: "errd", 0xD0: "recover",
	}
}

func (c *Card) spoil(name string, honest []byte) []byte {
	p := c.profile
	if sw := p.Statuses[name]; len(sw) == 2 {
		return append([]byte(nil), sw...)
	}
	if p.FaultCommand != name && (p.FaultCommand != "" || name == "select") {
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
	case GarbageNested, GarbageDuplicate:
		return reshape(p.Garbage, honest)
	default:
		return honest
	}
}

// reshape changes the one template of an answer.
func reshape(g Garbage, honest []byte) []byte {
	n := len(honest) - 2
	if n < 2 {
		return honest
	}
	l, err := tlv.Parse(honest[:n])
	if err != nil || len(l) != 1 || !l[0].Tag.Constructed() {
		return honest
	}
	inside := tlv.AppendList(nil, l[0].Children)
	if g == GarbageNested {
		inside = tlv.Append(nil, l[0].Tag, inside)
	} else {
		inside = append(inside, inside...)
	}
	return append(tlv.Append(nil, l[0].Tag, inside), honest[n:]...)
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
