package hsm

import "bytes"

// Limits of tracks, ISO/IEC 7813 without sentinels and check character.
const (
	maxTrack1 = 76 // characters
	maxTrack2 = 37 // digits and separator
)

const expirySize = 4

// track is what a track says. Its slices are its own.
type track struct {
	pan    []byte  // ASCII digits
	expiry [2]byte // YYMM, BCD
	rest   []byte  // ASCII digits: service code, discretionary data; of track 2 only
}

func (t track) wipe() { clear(t.pan); clear(t.rest) }

// parseTrack2 reads 57 or 9F6B: digits, D, digits, one F where their number is
// odd. A chip may leave out what follows the expiry.
func parseTrack2(packed []byte) (t track, ok bool) {
	digits := make([]byte, 0, maxTrack2+1)
	defer func() { clear(digits) }()
	for i := range 2 * len(packed) {
		n := nibble(packed, i)
		if n == 0xF {
			if i != 2*len(packed)-1 {
				return track{}, false
			}
			break
		}
		if n > 9 && n != 0xD || len(digits) == maxTrack2 {
			return track{}, false
		}
		digits = append(digits, '0'+n)
	}
	pan, rest, found := bytes.Cut(digits, []byte{'0' + 0xD})
	if !found || len(pan) < minPAN || len(pan) > maxPAN || len(rest) < expirySize || !isDigits(rest) {
		return track{}, false
	}
	t = track{pan: bytes.Clone(pan), rest: bytes.Clone(rest[expirySize:])}
	t.expiry = pack4(rest)
	return t, true
}

// parseTrack1 reads 56: format B, PAN, name and expiry between carets. The
// name is not looked at and not kept.
func parseTrack1(b []byte) (t track, ok bool) {
	if len(b) > maxTrack1 || len(b) == 0 || b[0] != 'B' {
		return track{}, false
	}
	parts := bytes.Split(b[1:], []byte{'^'})
	if len(parts) != 3 {
		return track{}, false
	}
	pan, rest := parts[0], parts[2]
	if len(pan) < minPAN || len(pan) > maxPAN || !isDigits(pan) || len(rest) < expirySize || !isDigits(rest[:expirySize]) {
		return track{}, false
	}
	return track{pan: bytes.Clone(pan), expiry: pack4(rest)}, true
}

// pack4 packs the first four digits.
func pack4(digits []byte) [2]byte {
	return [2]byte{(digits[0]-'0')<<4 | (digits[1] - '0'), (digits[2]-'0')<<4 | (digits[3] - '0')}
}
