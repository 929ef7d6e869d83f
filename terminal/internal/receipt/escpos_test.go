package receipt

import (
	"strings"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/mailbox"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

// printer is a printer on paper: it obeys the commands that it knows, and fails at
// every other.
type printer struct {
	t      *testing.T
	rest   []byte
	centre bool
	bold   bool
	size   byte
	ready  bool // initialised, with its code page
	cut    bool
	lines  []printedLine
}

type printedLine struct {
	text   string
	centre bool
	bold   bool
	size   byte
}

func (p *printer) take() byte {
	p.t.Helper()
	if len(p.rest) == 0 {
		p.t.Fatal("the bytes end within a command")
	}
	c := p.rest[0]
	p.rest = p.rest[1:]
	return c
}

func printOn(t *testing.T, b []byte) *printer {
	t.Helper()
	p := &printer{t: t, rest: b}
	var text []rune
	for len(p.rest) > 0 {
		switch c := p.take(); {
		case p.cut:
			t.Fatal("something comes after the cut")
		case c == 0x1b:
			p.escape()
		case c == 0x1d:
			p.group()
		case c == '\n':
			p.lines = append(p.lines, printedLine{string(text), p.centre, p.bold, p.size})
			text = nil
		case c < ' ' || c == 0x7f:
			t.Fatalf("the printer does not know %#x", c)
		case c < 0x80:
			text = append(text, rune(c))
		default:
			text = append(text, pc858[c-0x80])
		}
	}
	if !p.ready || !p.cut || len(text) > 0 {
		t.Fatalf("initialised %v, cut %v, left over %q", p.ready, p.cut, string(text))
	}
	return p
}

func (p *printer) escape() {
	p.t.Helper()
	switch c := p.take(); c {
	case '@':
		p.centre, p.bold, p.size = false, false, 0
	case 't':
		p.ready = p.take() == 19
	case 'a':
		p.centre = p.take() == 1
	case 'E':
		p.bold = p.take() == 1
	default:
		p.t.Fatalf("the printer does not know ESC %#x", c)
	}
}

func (p *printer) group() {
	p.t.Helper()
	switch c := p.take(); c {
	case '!':
		p.size = p.take()
	case 'V':
		p.cut = p.take() == 'B' && p.take() == 3
	default:
		p.t.Fatalf("the printer does not know GS %#x", c)
	}
}

func made(t *testing.T, r sale.Record, duplicate bool, shop Shop) Receipt {
	t.Helper()
	out, err := Make(r, nil, Merchant, shop, duplicate, true)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAPrinterPrintsTheReceipt(t *testing.T) {
	r := made(t, finished(t, func(*mailbox.View) {}), true, Shop{"Café Größe €", "Main Street 1, 12345 Town"})
	for _, paper := range []int{WidePaper, NarrowPaper} {
		p := printOn(t, r.ESCPOS(paper))
		var all strings.Builder
		for _, l := range p.lines {
			wide := runes(l.text)
			if l.size == 0x11 {
				wide *= 2
			}
			if wide > paper {
				t.Errorf("on paper of %d a line is %d wide: %q", paper, wide, l.text)
			}
			all.WriteString(l.text + "\n")
		}
		for _, want := range []string{"Café Größe €", "APPROVED", "10.00 EUR", "**** 0042", "PIN VERIFIED", "DUPLICATE", "MERCHANT COPY", "TVR"} {
			if !strings.Contains(all.String(), want) {
				t.Errorf("on paper of %d it lacks %q", paper, want)
			}
		}
		if first := p.lines[0]; !first.centre || !first.bold || first.size != 0x11 {
			t.Errorf("the merchant's name is not large: %+v", first)
		}
	}
}

func TestThePrintedLinesAreThoseOfTheText(t *testing.T) {
	r := made(t, finished(t, func(*mailbox.View) {}), false, Shop{"Shop", "Street, Town"})
	lines := r.Lines()
	p := printOn(t, r.ESCPOS(WidePaper))
	if len(p.lines) != len(lines) {
		t.Fatalf("%d lines are printed of %d", len(p.lines), len(lines))
	}
	for i, l := range lines {
		got := p.lines[i]
		if !strings.HasPrefix(got.text, printable(l.Label)) || !strings.HasSuffix(got.text, printable(l.Value)) {
			t.Errorf("line %d is %q, not %q %q", i, got.text, l.Label, l.Value)
		}
		if large := l.Style == Heading || l.Style == Total; got.bold != large || (got.size != 0) != large {
			t.Errorf("line %d, %q, has the style of another", i, got.text)
		}
	}
}

// The till's reference and the merchant's name reach the printer as text, whatever
// they are; a drawer does not open by them.
func FuzzNobodysTextIsACommand(f *testing.F) {
	f.Add("\x1bp\x00\x19\xfa", "\x1d\x56\x00") // the drawer, and a cut
	f.Add("Größe ✓ \u0085\u007f", "\xff\n\r\t")
	f.Add(strings.Repeat("W", 200), "")
	f.Fuzz(func(t *testing.T, name, reference string) {
		r := made(t, finished(t, func(*mailbox.View) {}), false, Shop{name, "Street"})
		r.Reference = reference
		for _, paper := range []int{WidePaper, NarrowPaper} {
			printOn(t, r.ESCPOS(paper))
		}
	})
}
