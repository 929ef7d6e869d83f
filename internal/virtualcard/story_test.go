package virtualcard

import (
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// The story is what sweeps hold against the books: it must tell a cryptogram that
// arrived from one that nobody has seen.
func TestAStoryTellsLostCryptogramsFromSeenOnes(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Profile)
		want   []Cryptogram
	}{
		{"a whole payment", func(*Profile) {}, []Cryptogram{{Kind: "ARQC"}, {Kind: "TC"}}},
		{"torn before the first", func(p *Profile) { p.TearAtCommand = "gac1" }, nil},
		{"torn after the first", func(p *Profile) { p.TearAtCommand, p.TearAfter = "gac1", true }, []Cryptogram{{Kind: "ARQC", Lost: true}}},
		{"torn before the second", func(p *Profile) { p.TearAtCommand = "gac2" }, []Cryptogram{{Kind: "ARQC"}}},
		{"torn after the second", func(p *Profile) { p.TearAtCommand, p.TearAfter = "gac2", true }, []Cryptogram{{Kind: "ARQC"}, {Kind: "TC", Lost: true}}},
		{"left behind the first", func(p *Profile) { p.TearAtCommand, p.TearBehind = "gac1", true }, []Cryptogram{{Kind: "ARQC"}}},
		{"another answer in its place", func(p *Profile) { p.Statuses = map[string]Hex{"gac1": {0x6F, 0x00}} }, []Cryptogram{{Kind: "ARQC", Lost: true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := visa()
			c.change(&p)
			m := NewMemory(p)
			bothCryptograms(t, mustCard(t, p, m, Contact))
			got := m.take().Cryptograms
			if !slices.EqualFunc(got, c.want, alike) {
				t.Errorf("the card tells %+v", got)
			}
			if again := m.take(); again.Commands != 0 || again.Cryptograms != nil {
				t.Error("a story is told twice")
			}
		})
	}
}

func alike(told, want Cryptogram) bool {
	return told.Kind == want.Kind && told.Lost == want.Lost && told.Amount == 12_34 && told.ATC == 1 && len(told.Value) == 8
}

// bothCryptograms asks for them until the card leaves.
func bothCryptograms(t *testing.T, c *Card) {
	e := newTerminal(t, c)
	e.begin()
	for i, list := range []tlv.Tag{tlv.Tag8CCDOL1, tlv.Tag8DCDOL2} {
		if i > 0 {
			e.has[0x91] = e.approve()
		}
		data := e.fill(e.has[list])
		out, effect := c.Do(append(append([]byte{0x80, 0xAE, []byte{acARQC, acTC}[i], 0, byte(len(data))}, data...), 0))
		if effect != EffectAnswer || len(out) == 2 {
			return
		}
		l, err := tlv.Parse(out[:len(out)-2])
		if err != nil {
			t.Fatal(err)
		}
		l.Primitives(func(x tlv.Element) bool { e.has[x.Tag] = x.Value; return true })
	}
}
