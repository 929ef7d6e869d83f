package pinblock

import (
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

var (
	// ErrRefused is the one error of every decoding and translation: whether key,
	// PAN, format, length, digits or fill were wrong is not told.
	ErrRefused = errors.New("pinblock: the PIN block is refused")

	errPIN         = errors.New("pinblock: a PIN has 4 to 12 digits")
	errPAN         = errors.New("pinblock: the PAN does not fit the format")
	errCipher      = errors.New("pinblock: format 4 needs a cipher with blocks of 16 bytes")
	errDestination = errors.New("pinblock: the memory for the PIN block is too small")
	errRandom      = errors.New("pinblock: reading random fill")
)

// form is what the first 8 bytes of a format look like: control nibble, length,
// digits, and fill between two nibbles.
type form struct {
	control  byte
	fillLow  byte
	fillHigh byte
}

var (
	format0 = form{0, 0xF, 0xF}
	format1 = form{1, 0x0, 0xF}
	format2 = form{2, 0xF, 0xF}
	format3 = form{3, 0xA, 0xF}
	format4 = form{4, 0xA, 0xA}
)

// put writes control, length, digits and the lowest fill to the first 8 bytes
// of field. pin was checked.
func (f form) put(field, pin []byte) {
	clear(field[:clearSize])
	field[0] = f.control<<4 | byte(len(pin))
	for i := range pinNibbles {
		v := f.fillLow
		if i < len(pin) {
			v = pin[i] - '0'
		}
		xorNibble(field, 2+i, v)
	}
}

// check returns the PIN's length and 1 if the first 8 bytes of field are well
// formed, else 0: all nibbles at once, in a time that depends on nothing.
func (f form) check(field []byte) (n, ok int) {
	const afterLength = ^uint64(0) >> 8 // the nibbles behind control and length
	x := binary.BigEndian.Uint64(field)
	n = int(field[0] & 0xF)
	behind := uint64(afterLength) >> (4 * n & 63)
	bad := outside(x, 0, 9)&^behind | outside(x, f.fillLow, f.fillHigh)&behind
	ok = subtle.ConstantTimeByteEq(field[0]>>4, f.control)
	ok &= subtle.ConstantTimeLessOrEq(minPIN, n) & subtle.ConstantTimeLessOrEq(n, maxPIN)
	bad &= afterLength
	return n, ok & int(1^(bad|-bad)>>63)
}

// outside has a bit in each nibble of x that is below low or above high.
func outside(x uint64, low, high byte) uint64 {
	const (
		nibbles = 0x0F0F0F0F0F0F0F0F
		each    = 0x0101010101010101
		top     = 0x8080808080808080
	)
	of := func(v uint64) uint64 { // a byte each, so that what is borrowed stays in it
		below := (v | top) - each*uint64(low)
		above := (top | each*uint64(high)) - v
		return ^(below & above) & top >> 7
	}
	return of(x>>4&nibbles)<<4 | of(x&nibbles)
}

// take checks field and writes its digits as ASCII to pin, which has room for
// maxPIN; zeros after them, and only zeros when it refuses. The same time for
// every cause.
func (f form) take(pin, field []byte) (int, error) {
	n, ok := f.check(field)
	pin = pin[:maxPIN]
	for i := range pin {
		keep := ok & subtle.ConstantTimeLessOrEq(i+1, n)
		pin[i] = byte(-keep) & ('0' + nibble(field, 2+i))
	}
	if ok == 0 {
		return 0, ErrRefused
	}
	return n, nil
}

// refuse clears what take would have written.
func refuse(pin []byte) (int, error) {
	clear(pin[:min(cap(pin), maxPIN)])
	return 0, ErrRefused
}

func nibble(field []byte, i int) byte { return field[i/2] >> (4 * (1 - i%2)) & 0xF }

func xorNibble(field []byte, i int, v byte) { field[i/2] ^= v << (4 * (1 - i%2)) }

func checkPIN(pin []byte) error {
	if len(pin) < minPIN || len(pin) > maxPIN || !digits(pin) {
		return errPIN
	}
	return nil
}

func checkPAN(pan []byte, minimum int) error {
	if len(pan) < minimum || len(pan) > maxPAN || !digits(pan) {
		return errPAN
	}
	return nil
}

// digits reports whether b holds ASCII digits only, in a time that depends on
// its length.
func digits(b []byte) bool {
	ok := 1
	for _, c := range b {
		ok &= subtle.ConstantTimeLessOrEq('0', int(c)) & subtle.ConstantTimeLessOrEq(int(c), '9')
	}
	return ok == 1
}
