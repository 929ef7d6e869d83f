//go:build linux

package e2e

import (
	"math/rand/v2"
	"slices"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
)

// sweepSeed deals out what is not tried both ways: the side of the answer, the
// amount, and whether a card that is asked for again comes again. The same in every
// run.
const sweepSeed = 0x5EED

// runOf learns from an untouched payment where its card can be pulled.
func runOf(r report) run {
	nature := r.who.Profile
	out := run{commands: r.first}
	if r.left && len(r.asked) > 0 {
		out.again = r.card.Commands - r.first
	}
	if nature.MuteAt > 0 || nature.MuteAtCommand != "" || nature.TearAtCommand != "" && !nature.TearAfter {
		out.commands++ // one came that the card did not count
		out.silent = nature.TearAtCommand == ""
	}
	for _, c := range r.card.Cryptograms {
		out.cryptograms = append(out.cryptograms, c.Command)
	}
	return out
}

// pulls deals out the sweep: every command of every card, on sides that alternate
// from a drawn beginning. At commands that bring a cryptogram, where host and card
// may part, the card leaves on all three sides; in a full sweep at all commands.
func (s *cardSweep) pulls() (out []pull) {
	draw := rand.New(rand.NewPCG(sweepSeed, 0)) //nolint:gosec // to be repeated
	coin := func() bool { return draw.IntN(2) == 0 }
	for _, who := range virtualcard.Personalities() {
		w, late := s.whole[who.Name], draw.IntN(2)
		for i := range w.commands + w.again {
			p := pull{who: who, at: i + 1}
			if p.second = i >= w.commands; p.second {
				p.at -= w.commands
			}
			all := s.only != "" || slices.Contains(w.cryptograms, p.at)
			for n, side := range sides() {
				p.side = side
				p.large = coin() && who.Interface == virtualcard.Contactless
				p.again = coin() || p.second
				chosen := all || n == (i+late)%2
				if w.silent && i+1 == w.commands {
					chosen = p.side == before
				}
				if chosen && s.wanted(&p) {
					out = append(out, p)
				}
			}
		}
	}
	return out
}

// wanted reports whether a pull is asked for. One that is named alone may be one
// that the seed deals otherwise.
func (s *cardSweep) wanted(p *pull) bool {
	if s.only == "" || s.full {
		return true
	}
	for _, p.large = range []bool{false, true} {
		for _, p.again = range []bool{p.second, true} {
			if p.String() == s.only {
				return true
			}
		}
	}
	return false
}
