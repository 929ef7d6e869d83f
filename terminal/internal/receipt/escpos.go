package receipt

import (
	"bytes"
	"slices"
	"strings"
)

// Widths of paper that printers have, in characters of the normal font: rolls of 80
// and of 58 millimetres.
const (
	WidePaper   = 42
	NarrowPaper = 32
)

// Commands of ESC/POS, the language of receipt printers (Epson; most others speak it).
const (
	escInit     = "\x1b@"        // ESC @: forget what another program set
	escCodePage = "\x1bt\x13"    // ESC t 19: PC858, Latin letters and the euro
	escLeft     = "\x1ba\x00"    // ESC a: where a line stands
	escCentre   = "\x1ba\x01"    //
	escPlain    = "\x1bE\x00"    // ESC E: bold off
	escBold     = "\x1bE\x01"    // and on
	gsNormal    = "\x1d!\x00"    // GS !: the size of letters
	gsTall      = "\x1d!\x01"    // twice as high
	gsLarge     = "\x1d!\x11"    // twice as high and as wide
	gsCut       = "\x1dVB\x03"   // GS V 66 3: feed to the knife, and cut
	unprintable = '?'            // what the code page does not have
	firstLatin  = rune(0x80)     // where it differs from ASCII
	masking     = "\u2022\u2022" // the dots before the last four digits, which no page has
)

// pc858 is read-only: the upper half of the code page, in order.
var pc858 = []rune("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐" +
	"└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0")

// ESCPOS is the receipt for a printer, on paper of so many characters. No byte below
// a space comes from the receipt's texts, so that nobody who chooses one (a till its
// reference, a card its label) gives the printer a command.
func (r Receipt) ESCPOS(paper int) []byte {
	var b bytes.Buffer
	b.WriteString(escInit + escCodePage)
	for _, l := range r.Lines() {
		l.print(&b, paper)
	}
	b.WriteString(escLeft + escPlain + gsNormal + gsCut)
	return b.Bytes()
}

// print writes a line with its style before it, whatever the one before was.
func (l Line) print(b *bytes.Buffer, paper int) {
	l.Label, l.Value = printable(l.Label), printable(l.Value)
	switch l.Style {
	case Heading:
		size, room := gsLarge, paper/2
		if runes(l.Label) > room {
			size, room = gsTall, paper
		}
		b.WriteString(escCentre + escBold + size)
		l.folded(b, room)
	case Centre:
		b.WriteString(escCentre + escPlain + gsNormal)
		l.folded(b, paper)
	case Total:
		b.WriteString(escLeft + escBold + gsTall + encoded(l.text(paper)) + "\n")
	default:
		b.WriteString(escLeft + escPlain + gsNormal + encoded(l.text(paper)) + "\n")
	}
}

// folded writes a text in as many lines as it takes.
func (l Line) folded(b *bytes.Buffer, room int) {
	for part := range slices.Chunk([]rune(l.Label), room) {
		b.WriteString(encoded(strings.TrimSpace(string(part))) + "\n")
	}
}

func printable(s string) string {
	s = strings.ReplaceAll(s, masking, "**")
	return strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && !slices.Contains(pc858, c) {
			return unprintable
		}
		return c
	}, s)
}

// encoded writes s in the code page. A line break is one that text has made.
func encoded(s string) string {
	out := make([]byte, 0, len(s))
	for _, c := range s {
		switch at := slices.Index(pc858, c); {
		case c < 0x7f && (c >= ' ' || c == '\n'):
			out = append(out, byte(c))
		case at >= 0:
			out = append(out, byte(int(firstLatin)+at))
		default:
			out = append(out, unprintable)
		}
	}
	return string(out)
}
