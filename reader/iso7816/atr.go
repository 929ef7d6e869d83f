package iso7816

import "errors"

// ErrATR reports an answer to reset that EMV does not allow.
var ErrATR = errors.New("iso7816: answer to reset is not an EMV contact card's")

// An ATR is what an accepted answer to reset says.
type ATR struct {
	Protocol   Protocol // the first protocol offered
	Historical []byte   // part of the input, 0 to 15 bytes
}

// ParseATR checks an answer to reset against EMV Level 1 Contact Interface
// Specification 1.0, clause 8.3. PC/SC has done the exchange by then, so the
// check can only refuse.
func ParseATR(b []byte) (ATR, error) {
	if len(b) < 2 || len(b) > maxATR || b[0] != 0x3B && b[0] != 0x3F {
		return ATR{}, ErrATR
	}
	r := atrReader{rest: b[2:], next: b[1] >> 4}
	atr := ATR{Protocol: T0}
	if !r.first(&atr) || !r.second(atr.Protocol) || !r.third(atr.Protocol) {
		return ATR{}, ErrATR
	}
	n := int(b[1] & 0x0F)
	if r.short || len(r.rest) != n+r.checkBytes() || r.checkBytes() == 1 && !checkSum(b) {
		return ATR{}, ErrATR
	}
	atr.Historical = r.rest[:n:n]
	return atr, nil
}

// atrReader walks the interface characters. next holds the presence bits of
// the next group: 1 TA, 2 TB, 4 TC, 8 TD.
type atrReader struct {
	rest  []byte
	next  byte
	short bool // ended before a character that was announced
	ta1   byte // bit rate, 0x11 when absent
	tck   bool // a protocol other than T=0 was named
}

// group takes the characters that next announces; absent ones are -1.
func (r *atrReader) group() (g [4]int) {
	for i := range g {
		g[i] = -1
		if r.next>>i&1 == 0 {
			continue
		}
		if len(r.rest) == 0 {
			r.short = true
			return g
		}
		g[i], r.rest = int(r.rest[0]), r.rest[1:]
	}
	r.next = 0
	if g[3] >= 0 {
		r.next = byte(g[3]) >> 4
		r.tck = r.tck || g[3]&0x0F != 0
	}
	return g
}

// first checks TA1 to TD1 (8.3.3.1 to 8.3.3.4). TA1 matters only in specific
// mode, which second checks.
func (r *atrReader) first(atr *ATR) bool {
	g := r.group()
	r.ta1 = 0x11
	if g[0] >= 0 {
		r.ta1 = byte(g[0])
	}
	if g[2] > 0x00 && g[2] != 0xFF || g[3] >= 0 && g[3]&0x0F > 1 {
		return false
	}
	if g[3] >= 0 {
		atr.Protocol = Protocol(g[3] & 0x0F)
	}
	return !r.short
}

// second checks TA2 to TD2 (8.3.3.5 to 8.3.3.8).
func (r *atrReader) second(p Protocol) bool {
	g := r.group()
	if g[0] >= 0 {
		implicit, named := g[0]&0x10 != 0, Protocol(g[0]&0x0F)
		if implicit || named != p || r.ta1 < 0x11 || r.ta1 > 0x13 {
			return false
		}
	}
	if p == T0 && g[2] >= 0 && g[2] != 0x0A {
		return false
	}
	return !r.short && (g[3] < 0 || g[3]&0x0F == int(p) && p == T1 || g[3]&0x0F == 15 && p == T0)
}

// third checks TA3 to TC3 (8.3.3.9 to 8.3.3.11): the T=1 parameters, or for
// T=0 the class indicator of T=15.
func (r *atrReader) third(p Protocol) bool {
	g := r.group()
	switch {
	case r.short || r.next != 0:
		return false
	case p == T0:
		return g[0] < 0 || g[0]&0x3F >= 1 && g[0]&0x3F <= 7
	default:
		return (g[0] < 0 || g[0] >= 0x10 && g[0] <= 0xFE) &&
			(g[1] < 0 || g[1]>>4 <= 5 && g[1]&0x0F <= 5) &&
			(g[2] < 0 || g[2] == 0)
	}
}

func (r *atrReader) checkBytes() int {
	if r.tck {
		return 1
	}
	return 0
}

// checkSum: T0 to TCK combine to zero (8.3.4).
func checkSum(b []byte) bool {
	var x byte
	for _, c := range b[1:] {
		x ^= c
	}
	return x == 0
}
