package account

import "github.com/strongroom-pos/strongroom/secureworld/tlv"

// Data objects of stripes (EMV Contactless Book C-2, data dictionary; for a swiped
// card 56 holds track 1 as the stripe had it).
const (
	tag56Track1   tlv.Tag = 0x56
	tag9F6BTrack2 tlv.Tag = 0x9F6B
)

// first is track 1 (ISO/IEC 7813, format B), ASCII, without sentinels and check
// character: B, PAN, ^, name, ^, expiry YYMM, service code, discretionary data.
type first struct {
	bytes  [maxFirst]byte
	length uint8
}

const fieldSeparator = '^'

// set checks the form: format B and two separators, printable throughout.
func (f *first) set(value []byte) bool {
	if len(value) < 1 || len(value) > maxFirst || value[0] != 'B' {
		return false
	}
	separators := 0
	for _, c := range value {
		if c < 0x20 || c > 0x5F { // the track's six-bit alphabet
			return false
		}
		if c == fieldSeparator {
			separators++
		}
	}
	if separators != 2 {
		return false
	}
	copy(f.bytes[:], value)
	f.length = uint8(len(value))
	return true
}

func (f *first) present() bool { return f.length > 0 }

func (f *first) value() []byte { return f.bytes[:f.length] }

// pan is what stands between B and the first separator.
func (f *first) pan() []byte { return f.value()[1:f.separator(1)] }

// expiry is YYMM behind the second separator, packed.
func (f *first) expiry() (yymm [2]byte, ok bool) {
	rest := f.value()[f.separator(f.separator(1)+1)+1:]
	if len(rest) < afterSeparator || !allDigits(rest[:4]) {
		return yymm, false
	}
	return [2]byte{nibbleOf(rest[0])<<4 | nibbleOf(rest[1]), nibbleOf(rest[2])<<4 | nibbleOf(rest[3])}, true
}

// separator is the place of the next one; set has seen that there are two.
func (f *first) separator(from int) int {
	for f.bytes[from] != fieldSeparator {
		from++
	}
	return from
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// settleFirst: track 1 names the PAN and the expiry of the other data.
func (a *Account) settleFirst() bool {
	if !a.first.present() {
		return true
	}
	digits := a.first.pan()
	mine, ok := a.first.expiry()
	theirs, there := a.expiry()
	return allDigits(digits) && a.agree(digits) && ok && there && mine == theirs
}

// HasChip reports whether the service code of the stripe says that there is a
// chip to be used (ISO/IEC 7813: first digit 2 or 6).
func (a *Account) HasChip() bool {
	if !a.track.present() {
		return false
	}
	c := nibbleAt(a.track.value(), a.track.separatorAt()+1+4)
	return c == 2 || c == 6
}

// HasTrack reports whether there is track 2, or its equivalent.
func (a *Account) HasTrack() bool { return a.track.present() }

// HasFirstTrack reports whether there is track 1.
func (a *Account) HasFirstTrack() bool { return a.first.present() }

// HasContactlessTrack reports whether there is 9F6B.
func (a *Account) HasContactlessTrack() bool { return a.contactless.present() }
