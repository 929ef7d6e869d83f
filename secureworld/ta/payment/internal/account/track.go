package account

// separator parts the PAN from the rest of track 2 in tag 57 (EMV 4.4 Book 3,
// Annex A1), and padding fills the last byte.
const (
	separator = 0x0D
	padding   = 0x0F
)

// afterSeparator is the least that follows it: expiry YYMM and service code.
const afterSeparator = 4 + 3

// track is track 2 equivalent data, tag 57, as the card gave it.
type track struct {
	bytes  [maxTrack]byte
	length uint8
}

// set checks the form: digits, separator, digits, padding.
func (t *track) set(value []byte) bool {
	if len(value) == 0 || len(value) > maxTrack {
		return false
	}
	end := unpadded(value)
	at := digitsFrom(value, 0, end)
	if at == end || nibbleAt(value, at) != separator {
		return false
	}
	if digitsFrom(value, at+1, end) != end || end-at-1 < afterSeparator {
		return false
	}
	copy(t.bytes[:], value)
	t.length = uint8(len(value))
	return true
}

func (t *track) present() bool { return t.length > 0 }

func (t *track) value() []byte { return t.bytes[:t.length] }

// separatorAt is the number of PAN digits of a track that set has checked.
func (t *track) separatorAt() int { return digitsFrom(t.value(), 0, 2*int(t.length)) }

// pan unpacks the PAN into dst, as ASCII digits, and returns how many there are;
// more than dst has room for give 0.
func (t *track) pan(dst *[MaxPAN]byte) int { return unpack(dst, t.value(), t.separatorAt()) }

// expiry is the YYMM, packed, behind the separator.
func (t *track) expiry() [2]byte {
	at := t.separatorAt() + 1
	v := t.value()
	return [2]byte{
		nibbleAt(v, at)<<4 | nibbleAt(v, at+1),
		nibbleAt(v, at+2)<<4 | nibbleAt(v, at+3),
	}
}

// unpadded counts half bytes without the padding at the end. Cards may pad more
// than the one half byte that is needed.
func unpadded(b []byte) int {
	end := 2 * len(b)
	for end > 0 && nibbleAt(b, end-1) == padding {
		end--
	}
	return end
}

// digitsFrom returns the first half byte at or behind from that is no digit, or
// end.
func digitsFrom(b []byte, from, end int) int {
	for from < end && nibbleAt(b, from) <= 9 {
		from++
	}
	return from
}

// unpack writes n packed digits of b as ASCII into dst and returns n, or 0 where
// dst is too small.
func unpack(dst *[MaxPAN]byte, b []byte, n int) int {
	if n > len(dst) {
		return 0
	}
	for i := range n {
		dst[i] = '0' + nibbleAt(b, i)
	}
	return n
}
