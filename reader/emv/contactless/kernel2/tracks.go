package kernel2

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/reader/emv/internal/objects"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// A stripePlan says where the dynamic digits go. Places count from the right end
// of the discretionary data, 0 the last.
type stripePlan struct {
	un             int // digits of the unpredictable number
	track1, track2 places
}

// places are the eligible ones of one track, ascending.
type places struct {
	cvc3 []int
	mix  []int // UN in the low ones, ATC in the high ones
	atc  int   // how many of them
}

// planStripe reads the bitmaps and holds both tracks to one account and to one
// length of the unpredictable number (Book C-2: mag-stripe mode).
func (k *Kernel) planStripe() (stripePlan, bool) {
	v := k.card.Value
	t2 := track2(v(tag9F6BTrack2))
	p := stripePlan{track2: newPlaces(v(tag9F65PCVC3Track2), v(tag9F66PUNATCTrack2), v(tag9F67NATCTrack2))}
	p.un = p.track2.un()
	if !k.wellFormed(t2) || !p.track2.fit(t2) || p.un > 8 {
		return stripePlan{}, false
	}
	if !k.card.Has(tag56Track1) {
		return p, true
	}
	t1 := track1(v(tag56Track1))
	for _, tag := range [...]tlv.Tag{tag9F62PCVC3Track1, tag9F63PUNATCTrack1, tag9F64NATCTrack1} {
		if !k.card.Has(tag) {
			return stripePlan{}, false
		}
	}
	p.track1 = newPlaces(v(tag9F62PCVC3Track1), v(tag9F63PUNATCTrack1), v(tag9F64NATCTrack1))
	return p, p.track1.fit(t1) && p.track1.un() == p.un && sameAccount(t1, t2)
}

func newPlaces(cvc3, mix, atc []byte) places {
	return places{cvc3: ones(cvc3), mix: ones(mix), atc: int(atc[0])}
}

func (p places) un() int { return len(p.mix) - p.atc }

// fit: every place is inside the discretionary data.
func (p places) fit(t track) bool {
	for _, list := range [...][]int{p.cvc3, p.mix} {
		if n := len(list); n > 0 && list[n-1] >= t.size {
			return false
		}
	}
	return t.size > 0 && p.un() >= 0
}

// ones lists the set bits of a bitmap, the last bit first.
func ones(bitmap []byte) []int {
	var out []int
	for i := range 8 * len(bitmap) {
		if bitmap[len(bitmap)-1-i/8]>>(i%8)&1 != 0 {
			out = append(out, i)
		}
	}
	return out
}

// fill writes the digits: CVC3, unpredictable number, counter, and the mark in
// the last place. The order matters where a card lets them overlap.
func (p stripePlan) fill(t track, at places, cvc3, un, atc, mark int) {
	put(t, at.cvc3, cvc3)
	put(t, at.mix[:p.un], un)
	put(t, at.mix[p.un:], atc)
	put(t, []int{0}, mark)
}

// put writes the last digits of v into places, the last digit into the first.
func put(t track, at []int, v int) {
	for _, place := range at {
		t.set(place, byte(v%10))
		v /= 10
	}
}

// A track is one track with its parts found. It shares memory with the store.
type track struct {
	raw    []byte
	packed bool // nibbles, or else ASCII
	pan    int  // digits, from place 0 of track 2 or 1 of track 1
	expiry int  // where it begins
	data   int  // where the discretionary data begin
	size   int  // their length; 0: malformed
}

// set writes a digit at a place counted from the end of the discretionary data.
func (t track) set(place int, digit byte) {
	at := t.data + t.size - 1 - place
	if t.packed {
		setNibble(t.raw, at, digit)
		return
	}
	t.raw[at] = '0' + digit
}

// track2 finds the parts of 9F6B: PAN, D, expiry, service code, discretionary
// data, padding F.
func track2(b []byte) track {
	n := objects.Digits(b)
	t := track{raw: b, packed: true, pan: n, expiry: n + 1, data: n + 8}
	end := t.data
	for end < 2*len(b) && objects.Nibble(b, end) <= 9 {
		end++
	}
	if n < 12 || n > 19 || t.data >= 2*len(b) || objects.Nibble(b, n) != 0x0D || !objects.Padded(b, end) {
		return t
	}
	for i := t.expiry; i < t.data; i++ {
		if objects.Nibble(b, i) > 9 {
			return t
		}
	}
	t.size = end - t.data
	return t
}

// track1 finds the parts of 56: B, PAN, ^, name, ^, expiry, service code,
// discretionary data.
func track1(b []byte) track {
	t := track{raw: b}
	first := bytes.IndexByte(b, '^')
	if first < 13 || first > 20 || b[0] != 'B' {
		return t
	}
	second := bytes.IndexByte(b[first+1:], '^')
	if second < 0 {
		return t
	}
	t.pan, t.expiry = first-1, first+second+2
	t.data = t.expiry + 7
	if t.data >= len(b) || !asciiDigits(b[1:first]) || !asciiDigits(b[t.expiry:t.data]) {
		return t
	}
	t.size = len(b) - t.data
	return t
}

func asciiDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func (k *Kernel) wellFormed(t track) bool {
	return t.size > 0 && (k.cfg.AcceptAnyCheckDigit || objects.Luhn(t.raw, t.pan))
}

// sameAccount compares PAN and expiry of track 1 with those of track 2.
func sameAccount(one, two track) bool {
	if one.size == 0 || one.pan != two.pan {
		return false
	}
	for i := range one.pan {
		if one.raw[1+i]-'0' != objects.Nibble(two.raw, i) {
			return false
		}
	}
	for i := range 4 {
		if one.raw[one.expiry+i]-'0' != objects.Nibble(two.raw, two.expiry+i) {
			return false
		}
	}
	return true
}
