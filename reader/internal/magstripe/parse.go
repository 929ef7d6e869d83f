package magstripe

import (
	"bytes"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive"
)

// The control characters (ISO/IEC 7811-2; ISO/IEC 7813 for the format code).
const (
	startTrack1     = '%'
	startTrack2     = ';'
	endSentinel     = '?'
	separatorTrack1 = '^'
	separatorTrack2 = '='
	formatB         = 'B'
)

// Why a swipe is not taken.
var (
	ErrFraming  = errors.New("magstripe: not a track 2 or a track 1 and a track 2")
	ErrLRC      = errors.New("magstripe: a track's LRC is wrong")
	ErrFormat   = errors.New("magstripe: track 1 is not in format B")
	ErrTrack1   = errors.New("magstripe: track 1 malformed")
	ErrTrack2   = errors.New("magstripe: track 2 malformed")
	ErrPAN      = errors.New("magstripe: PAN malformed")
	ErrDisagree = errors.New("magstripe: the tracks disagree")
)

// Parse reads one swipe without its line end: track 1 and track 2, or track 2
// alone. lrc says that the head delivers an LRC behind each end sentinel, which
// is checked; otherwise none may be there. raw is copied, and the caller's to
// wipe.
func Parse(raw []byte, lrc bool) (*Stripe, error) {
	if len(raw) > maxSwipe {
		return nil, ErrFraming
	}
	text := make([]byte, 0, maxSwipe)
	s := &Stripe{}
	text, err := s.parse(text, raw, lrc)
	if err != nil {
		clear(text[:cap(text)])
		return nil, err
	}
	s.text = sensitive.New(text)
	return s, nil
}

// parse copies the tracks into text, which has room for them, and finds their
// fields there.
func (s *Stripe) parse(text, raw []byte, lrc bool) ([]byte, error) {
	text, rest, err := s.takeTrack1(text, raw, lrc)
	if err != nil {
		return text, err
	}
	start := len(text)
	text, rest, err = take(text, rest, form{startTrack2, '0', maxTrack2, lrc})
	if err != nil {
		return text, err
	}
	if len(rest) > 0 {
		return text, ErrFraming
	}
	if s.two, err = fieldsOfTrack2(text, span{start + 1, len(text) - 1}); err != nil {
		return text, err
	}
	if s.HasTrack1() && !agree(text, s.one, s.two) {
		return text, ErrDisagree
	}
	return text, nil
}

func (s *Stripe) takeTrack1(text, raw []byte, lrc bool) (_, rest []byte, err error) {
	if len(raw) == 0 || raw[0] != startTrack1 {
		return text, raw, nil
	}
	text, rest, err = take(text, raw, form{startTrack1, ' ', maxTrack1, lrc})
	if err == nil {
		s.one, err = fieldsOfTrack1(text, span{1, len(text) - 1})
	}
	return text, rest, err
}

// agree: a card whose tracks name two accounts or two expiries was changed.
func agree(text []byte, one, two track) bool {
	return bytes.Equal(one.pan.of(text), two.pan.of(text)) && bytes.Equal(one.expiry.of(text), two.expiry.of(text))
}

// A form is what a track looks like from outside.
type form struct {
	start byte
	zero  byte // the character whose bits are all zero; 64 or 16 follow
	max   int  // with sentinels and LRC
	lrc   bool // the head delivers it
}

// last is the character with all bits set: 6 bits from the blank, 4 from 0.
func (f form) last() byte {
	if f.zero == ' ' {
		return f.zero + 0x3F
	}
	return f.zero + 0x0F
}

// take copies one track with its sentinels and returns what follows it.
func take(text, raw []byte, f form) (_, rest []byte, err error) {
	end := bytes.IndexByte(raw, endSentinel)
	if end < 0 || raw[0] != f.start || end+2 > f.max {
		return text, nil, ErrFraming
	}
	whole, rest := raw[:end+1], raw[end+1:]
	sum := byte(0)
	for _, c := range whole {
		if c < f.zero || c > f.last() {
			return text, nil, ErrFraming
		}
		sum ^= c - f.zero
	}
	if f.lrc {
		if len(rest) == 0 || rest[0] != f.zero+sum {
			return text, nil, ErrLRC
		}
		rest = rest[1:]
	}
	return append(text, whole...), rest, nil
}
