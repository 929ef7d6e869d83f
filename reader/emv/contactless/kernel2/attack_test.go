package kernel2

import (
	"bytes"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
)

// A32: what the card supports is signed with its answer. A bit flipped between card
// and terminal fails the signature; without one it would pass.
func TestA32AFlippedBitOfWhatTheCardSupportsIsFound(t *testing.T) {
	flipped := func(command, answer []byte) []byte {
		if command[1] == 0xA8 {
			answer[bytes.Index(answer, []byte{0x82, 0x02})+2] ^= 0x02 // verification on the device
		}
		return answer
	}
	unsigned := func(p *tap) { p.cfg.Security, p.cfg.Applications[0].TACDenial = emv.Hex{0}, make(emv.Hex, 5) }
	for name, c := range map[string]struct {
		change func(*tap)
		flip   bool
		result contactless.Result
	}{
		"twin":                        {nil, false, contactless.OnlineRequest},
		"flipped":                     {nil, true, contactless.EndApplication},
		"twin without a signature":    {unsigned, false, contactless.OnlineRequest},
		"hole: flipped, no signature": {unsigned, true, contactless.OnlineRequest},
	} {
		t.Run(name, func(t *testing.T) {
			p := newTap(t, "mastercard-tap", nil)
			if c.change != nil {
				c.change(p)
			}
			if c.flip {
				p.change = flipped
			}
			k, o := p.run()
			if o.Result != c.result || (k.Indication().L2 == ErrorCAMFailed) != (c.result == contactless.EndApplication) {
				t.Errorf("%+v, %+v", o, k.Indication())
			}
		})
	}
}

// A33: a card that is far away answers late. The bound is the card's own; without it,
// which is so for every card that offers no measurement, a relayed card pays.
func TestA33ARelayedCardPaysOnlyWhereNothingIsMeasured(t *testing.T) {
	const near, far = 138, 900 // tenths of a millisecond, with 38 in the air
	for name, c := range map[string]struct {
		took     uint32
		measures bool
		result   contactless.Result
		times    int
	}{
		"twin: the card is here":      {near, true, contactless.OnlineRequest, 1},
		"relayed":                     {far, true, contactless.Declined, 3},
		"hole: relayed, not measured": {far, false, contactless.OnlineRequest, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := relayTap(t)
			p.took = func(int) uint32 { return c.took }
			p.entropy = [][4]byte{{1}, {2}}
			if !c.measures {
				p.cfg.Relay = nil
			}
			k, o := p.run()
			if o.Result != c.result || p.relays != c.times {
				t.Fatalf("%+v, %+v, measured %d times", o, k.Indication(), p.relays)
			}
			late := c.measures && c.result == contactless.Declined
			if tvr := k.tvr(); (tvr[4]&0x08 != 0) != late {
				t.Errorf("TVR %X", tvr)
			}
		})
	}
}
