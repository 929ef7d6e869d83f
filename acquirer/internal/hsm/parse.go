package hsm

import (
	"bytes"
	"slices"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

const (
	minPAN = 12 // digits; ISO 9564-1 format 4 asks for as many
	maxPAN = 19 // ISO/IEC 7812-1
)

// parseAccount reads what a terminal sealed: elements of the door's vocabulary,
// each once, that agree on one PAN and one expiry date.
func parseAccount(b []byte) (*Account, error) {
	list, err := tlv.Parse(b)
	if err != nil || !vocabulary(list) {
		return nil, ErrAccount
	}
	var n names
	defer n.wipe()
	a := &Account{}
	for _, e := range list {
		a.tags = append(a.tags, uint32(e.Tag))
		if !n.take(a, e) {
			a.Wipe()
			return nil, ErrAccount
		}
	}
	if n.pan == nil || !n.dated {
		a.Wipe()
		return nil, ErrAccount
	}
	a.pan, a.Expiry = sensitive.New(bytes.Clone(n.pan)), n.expiry
	return a, nil
}

// vocabulary holds elements to the tags of the door, each at most once.
func vocabulary(list tlv.List) bool {
	known := []uint32{
		hostspec.TagTrack1, hostspec.TagTrack2, hostspec.TagPAN, hostspec.TagExpiry, hostspec.TagSequence,
		hostspec.TagContactlessTrack2, hostspec.TagCVV2,
	}
	seen := map[tlv.Tag]bool{}
	for _, e := range list {
		if seen[e.Tag] || !slices.Contains(known, uint32(e.Tag)) {
			return false
		}
		seen[e.Tag] = true
	}
	return true
}

// names are what every element must agree on.
type names struct {
	pan    []byte // ASCII digits
	expiry [2]byte
	dated  bool
}

func (n *names) wipe() { clear(n.pan) }

// take reads one element into a and n.
func (n *names) take(a *Account, e tlv.Element) bool {
	switch uint32(e.Tag) {
	case hostspec.TagPAN:
		pan, ok := parsePAN(e.Value)
		defer clear(pan)
		return ok && n.agree(pan)
	case hostspec.TagExpiry:
		return len(e.Value) == 3 && n.agreeDate([2]byte(e.Value))
	case hostspec.TagSequence:
		if len(e.Value) != 1 {
			return false
		}
		a.PSN = e.Value[0]
		return decimal(a.PSN)
	case hostspec.TagCVV2:
		a.cvv2 = sensitive.New(bytes.Clone(e.Value))
		return isDigits(e.Value) && (len(e.Value) == 3 || len(e.Value) == 4)
	case hostspec.TagTrack1:
		return n.takeTrack(parseTrack1(e.Value))
	}
	t, ok := parseTrack2(e.Value)
	if ok && (uint32(e.Tag) == hostspec.TagContactlessTrack2 || a.stripe.Len() == 0) {
		a.stripe.Wipe()
		a.stripe = sensitive.New(bytes.Clone(t.rest))
	}
	return n.takeTrack(t, ok)
}

func (n *names) takeTrack(t track, ok bool) bool {
	defer t.wipe()
	return ok && n.agree(t.pan) && n.agreeDate(t.expiry)
}

func (n *names) agree(pan []byte) bool {
	if n.pan == nil {
		n.pan = bytes.Clone(pan)
	}
	return bytes.Equal(n.pan, pan)
}

func (n *names) agreeDate(yymm [2]byte) bool {
	if !n.dated {
		n.expiry, n.dated = yymm, true
	}
	return n.expiry == yymm && decimal(yymm[0]) && decimal(yymm[1])
}

// parsePAN reads 5A: digits, then F only.
func parsePAN(packed []byte) ([]byte, bool) {
	pan := make([]byte, 0, maxPAN)
	for i := range 2 * len(packed) {
		switch n := nibble(packed, i); {
		case n == 0xF:
			return pan, len(pan) >= minPAN && filled(packed, i)
		case n > 9 || len(pan) == maxPAN:
			return pan, false
		default:
			pan = append(pan, '0'+n)
		}
	}
	return pan, len(pan) >= minPAN
}

func nibble(b []byte, i int) byte { return b[i/2] >> (4 * (1 - i%2)) & 0x0F }

// filled reports whether only F follows.
func filled(b []byte, from int) bool {
	for i := from; i < 2*len(b); i++ {
		if nibble(b, i) != 0x0F {
			return false
		}
	}
	return true
}

func decimal(bcd byte) bool { return bcd>>4 <= 9 && bcd&0x0F <= 9 }

func isDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
