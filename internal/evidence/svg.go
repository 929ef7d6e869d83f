package evidence

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// The picture of the data flow has a place for each party of a lane. An arrow is drawn
// where a connection was observed, and nowhere else.
const (
	boxWide, boxHigh = 168.0, 58.0
	pictureWide      = 980
	pictureHigh      = 560
)

type place struct{ x, y float64 } // of a box's middle

func places() map[string]place {
	return map[string]place{
		"till": {110, 96}, "terminal": {110, 270},
		"boot": {490, 96}, "kernel": {490, 270},
		"card": {380, 500}, "reader": {380, 410}, "person at PIN pad": {600, 500}, "pinpad": {600, 410},
		"acquirer": {866, 270}, "element": {866, 96}, "mcu": {866, 160},
		"plain control terminal": {866, 456},
	}
}

// zone is a frame around the boxes of one party.
type zone struct {
	name, note, class string
	x, y, wide, high  float64
	beside            bool // its words stand left of it, where arrows come from above
}

func zones() []zone {
	return []zone{
		{"App world", "merchant's; must hold nothing", "app", 12, 36, 196, 290, false},
		{"Secure world", "its host is a decryption point, in scope", "secure", 372, 36, 236, 290, false},
		{"Reader and PIN pad", "software stand-ins", "device", 284, 356, 412, 190, true},
		{"Acquirer and issuer", "another company's", "host", 764, 36, 204, 290, false},
		{"Control", "holds all of it", "control", 764, 400, 204, 104, false},
	}
}

// Picture draws the flows that were observed.
func (r *Report) Picture() template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-labelledby="flow-title flow-text"><title id="flow-title">Data flow as observed</title><desc id="flow-text">%s</desc>`,
		pictureWide, pictureHigh, escaped(r.flowWords()))
	b.WriteString(`<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 10 5 0 10z"/></marker></defs>`)
	for _, z := range zones() {
		x, y, anchor := z.x+4, z.y-20, "start"
		if z.beside {
			x, y, anchor = z.x-10, z.y+40, "end"
		}
		fmt.Fprintf(&b, `<g class="zone %s"><rect x="%g" y="%g" width="%g" height="%g" rx="10"/><text text-anchor="%s" x="%g" y="%g">%s</text><text class="small" text-anchor="%s" x="%g" y="%g">%s</text></g>`,
			z.class, z.x, z.y, z.wide, z.high, anchor, x, y, escaped(z.name), anchor, x, y+14, escaped(z.note))
	}
	drawn := map[string]bool{}
	for _, f := range r.Flows {
		from, to := places()[f.From], places()[f.To]
		if from == (place{}) || to == (place{}) {
			continue
		}
		drawn[f.From], drawn[f.To] = true, true
		b.WriteString(arrow(f, from, to))
	}
	for _, w := range r.Worlds {
		drawn[w.Name] = true
	}
	for _, name := range []string{"till", "terminal", "boot", "kernel", "reader", "pinpad", "card", "person at PIN pad", "acquirer", "element", "mcu", "plain control terminal"} {
		if drawn[name] {
			b.WriteString(r.box(name))
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // every text in it was escaped
}

func escaped(s string) string { return template.HTMLEscapeString(s) }

// box is a party with what was found in its memory.
func (r *Report) box(name string) string {
	at, class, held := places()[name], "outside", "not a program of the lane"
	for _, w := range r.Worlds {
		if w.Name == name {
			class, held = heldBy(w)
		}
	}
	return fmt.Sprintf(`<g class="box %s"><rect x="%g" y="%g" width="%g" height="%g" rx="6"/><text x="%g" y="%g">%s</text><text class="small" x="%g" y="%g">%s</text></g>`,
		class, at.x-boxWide/2, at.y-boxHigh/2, boxWide, boxHigh, at.x, at.y-4, escaped(name), at.x, at.y+15, escaped(held))
}

func heldBy(w World) (class, words string) {
	found := number(int64(w.Found()))
	switch {
	case w.Claimed && w.Found() == 0 && w.Hidden > 0:
		return "clean", "0 found; " + size(w.Hidden) + " hidden"
	case w.Claimed && w.Found() == 0:
		return "clean", "0 found"
	case w.Claimed:
		return "bad", found + " found!"
	case w.Column == Control:
		return "leaky", found + " found"
	}
	return "holds", found + " found, may hold"
}

// arrow runs from edge to edge of two boxes, with what was counted beside it.
func arrow(f Flow, from, to place) string {
	a, b := edge(from, to), edge(to, from)
	class, label := "seen", []string{"connected"}
	if f.Counted {
		class, label = "counted", []string{size(f.Bytes) + " →", "← " + size(f.Back)}
	}
	if f.Control {
		class += " plain"
	}
	x, y := (a.x+b.x)/2, (a.y+b.y)/2
	var text strings.Builder
	upright := math.Abs(a.x-b.x) < 40
	for i, l := range label {
		dx, dy, anchor := 0.0, -8+float64(i)*24, "middle"
		if upright {
			dx, dy, anchor = 8, 4-7*float64(len(label)-1)+float64(i)*14, "start"
		}
		fmt.Fprintf(&text, `<text class="small" text-anchor="%s" x="%.0f" y="%.0f">%s</text>`, anchor, x+dx, y+dy, l)
	}
	return fmt.Sprintf(`<g class="arrow %s"><line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>%s</g>`, class, a.x, a.y, b.x, b.y, text.String())
}

// edge is where the line from a box's middle to another leaves the box.
func edge(from, to place) place {
	dx, dy := to.x-from.x, to.y-from.y
	scale := math.Min(boxWide/2/math.Max(math.Abs(dx), 1e-9), boxHigh/2/math.Max(math.Abs(dy), 1e-9))
	return place{from.x + dx*scale, from.y + dy*scale}
}

// flowWords is the picture in words, for who cannot see it.
func (r *Report) flowWords() string {
	var all []string
	for _, f := range r.Flows {
		text := f.From + " to " + f.To + ", " + f.Medium
		if f.Counted {
			text += fmt.Sprintf(", %d bytes there and %d back", f.Bytes, f.Back)
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// size writes bytes for people.
func size(n int64) string {
	switch {
	case n < 10_000:
		return number(n) + " B"
	case n < 10_000_000:
		return number(n/1000) + " kB"
	}
	return number(n/1_000_000) + " MB"
}
