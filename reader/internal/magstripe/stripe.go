// Package magstripe reads what a magnetic stripe head delivers: track 1 format
// B and track 2 of a payment card as text (ISO/IEC 7811-2 codes the characters,
// ISO/IEC 7813 lays the tracks out).
//
//	track 1  % B PAN ^ NAME ^ YYMM SSS discretionary ? LRC    at most 79
//	track 2  ; PAN = YYMM SSS discretionary ? LRC             at most 40
//
//	PAN   12 to 19 digits with their Luhn digit, the same on both tracks
//	YYMM  expiry, the same on both tracks
//	SSS   service code; its first digit 2 or 6 says that the card has a chip
//	LRC   XOR of the characters' bits; most heads check it and keep it
//
// Track 1 may be missing, track 2 not: a host is told track 2. ISO/IEC 7813 lets
// expiry and service code be missing; payment cards have both, so here they
// must be there. Other formats than B and a third track are refused.
//
// A Stripe is clear account data: it prints nothing, its errors quote nothing,
// and whoever gets one wipes it. Only the reader imports this package. It must
// never hold account data in a string.
package magstripe

import (
	"crypto/subtle"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive"
)

// A Stripe is the tracks of one card. Copies share the same bytes.
type Stripe struct {
	text     sensitive.Bytes // the canonical form
	one, two track           // where the fields are; one is zero without track 1
}

// A track says where in the text its fields lie.
type track struct{ pan, name, expiry, service, discretionary span }

type span struct{ from, to int }

func (s span) of(b []byte) []byte { return b[s.from:s.to] }
func (s span) len() int           { return s.to - s.from }

// Wipe clears the tracks for every copy.
func (s *Stripe) Wipe() { s.text.Wipe() }

// HasTrack1 tells whether the head read track 1 as well.
func (s *Stripe) HasTrack1() bool { return s.one.pan.len() > 0 }

// ServiceCode returns the three ASCII digits of track 2, zeros after Wipe.
func (s *Stripe) ServiceCode() (code [3]byte) {
	s.use(func(text []byte) { copy(code[:], s.two.service.of(text)) })
	return code
}

// Chip tells whether the service code says that the card has a chip, so that a
// reader with a slot asks for it there (ISO/IEC 7813, first digit 2 or 6).
func (s *Stripe) Chip() bool {
	first := s.ServiceCode()[0]
	return first == '2' || first == '6'
}

// PAN appends the PAN as tag 5A holds it: two digits a byte, F behind an odd
// number. At most 10 bytes, none after Wipe.
func (s *Stripe) PAN(dst []byte) []byte {
	s.use(func(text []byte) {
		p := packer{dst: dst}
		p.digits(s.two.pan.of(text))
		dst = p.end()
	})
	return dst
}

// Begins reports whether the PAN begins with these digits; false after Wipe.
func (s *Stripe) Begins(digits string) (begins bool) {
	s.use(func(text []byte) {
		pan := s.two.pan.of(text)
		begins = len(pan) >= len(digits) && subtle.ConstantTimeCompare(pan[:len(digits)], []byte(digits)) == 1
	})
	return begins
}

// Expiry returns year and month in packed decimal, YY MM; zeros after Wipe.
func (s *Stripe) Expiry() (date [2]byte) {
	s.use(func(text []byte) {
		p := packer{dst: date[:0]}
		p.digits(s.two.expiry.of(text))
	})
	return date
}

// Track2Equivalent appends track 2 as tag 57 holds it: without sentinels and
// LRC, packed, D for the separator, F behind an odd number. At most 19 bytes,
// none after Wipe.
func (s *Stripe) Track2Equivalent(dst []byte) []byte {
	s.use(func(text []byte) {
		p := packer{dst: dst}
		p.digits(s.two.pan.of(text))
		p.nibble(0x0D)
		for _, field := range []span{s.two.expiry, s.two.service, s.two.discretionary} {
			p.digits(field.of(text))
		}
		dst = p.end()
	})
	return dst
}

// Track1 appends track 1 without sentinels and LRC, as a host is told it: from
// the format code B on. At most 76 bytes, none without track 1 or after Wipe.
func (s *Stripe) Track1(dst []byte) []byte {
	if s.HasTrack1() {
		s.use(func(text []byte) { dst = s.one.appendFormatB(dst, text) })
	}
	return dst
}

// Append appends the canonical form: the tracks with their sentinels, without
// LRC. It is what Parse takes where a head keeps the LRC.
func (s *Stripe) Append(dst []byte) []byte {
	s.use(func(text []byte) {
		if s.HasTrack1() {
			dst = append(s.one.appendFormatB(append(dst, startTrack1), text), endSentinel)
		}
		dst = append(append(dst, startTrack2), s.two.pan.of(text)...)
		dst = append(dst, separatorTrack2)
		dst = append(s.two.appendRest(dst, text), endSentinel)
	})
	return dst
}

func (t track) appendFormatB(dst, text []byte) []byte {
	dst = append(append(dst, formatB), t.pan.of(text)...)
	dst = append(append(dst, separatorTrack1), t.name.of(text)...)
	return t.appendRest(append(dst, separatorTrack1), text)
}

func (t track) appendRest(dst, text []byte) []byte {
	dst = append(dst, t.expiry.of(text)...)
	dst = append(dst, t.service.of(text)...)
	return append(dst, t.discretionary.of(text)...)
}

// use calls f with the text while there is one.
func (s *Stripe) use(f func([]byte)) {
	s.text.Use(func(text []byte) {
		if len(text) > 0 {
			f(text)
		}
	})
}
