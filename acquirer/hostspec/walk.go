package hostspec

import (
	"errors"
	"math/bits"
)

// ErrMessage reports bytes that are not a message of this link. It says no more,
// so that a log never holds a piece of one.
var ErrMessage = errors.New("hostspec: malformed message")

const (
	mtiSize    = 2
	bitmapSize = 8
)

// MTI returns the four digits of a message's type, empty if b has none.
func MTI(b []byte) string {
	if len(b) < mtiSize || !isBCD(b[:mtiSize], 4) {
		return ""
	}
	return string([]byte{digit(b[0] >> 4), digit(b[0]), digit(b[1] >> 4), digit(b[1])})
}

// Walk calls visit for each field of the message b, in rising order, with its
// bytes on the wire less the length of a varying field; they share memory with
// b. It accepts one encoding only: known fields, digits where digits belong,
// zero as padding, the second bitmap only where it is needed, the MAC last and
// nothing behind it.
func Walk(b []byte, visit func(f Field, wire []byte)) error {
	if len(b) > MaxMessage || MTI(b) == "" {
		return ErrMessage
	}
	bitmap, rest, ok := cutBitmap(b[mtiSize:])
	if !ok {
		return ErrMessage
	}
	known := 0
	for _, f := range Fields() {
		if !isSet(bitmap, f.Number) {
			continue
		}
		known++
		var wire []byte
		if wire, rest, ok = f.cut(rest); !ok {
			return ErrMessage
		}
		visit(f, wire)
	}
	if len(rest) != 0 || known != countFields(bitmap) {
		return ErrMessage
	}
	return nil
}

// cutBitmap takes the bitmap off b and checks that exactly its last bit, which
// is the MAC's, is set of DE 64 and DE 128, and that a second bitmap names more
// than the MAC.
func cutBitmap(b []byte) (bitmap, rest []byte, ok bool) {
	size := bitmapSize
	if len(b) > 0 && b[0]&0x80 != 0 {
		size = 2 * bitmapSize
	}
	if len(b) < size {
		return nil, nil, false
	}
	bitmap, rest = b[:size], b[size:]
	if !isSet(bitmap, 8*size) {
		return nil, nil, false
	}
	if size > bitmapSize && (isSet(bitmap, 64) || countFields(bitmap) == countFields(bitmap[:bitmapSize])+1) {
		return nil, nil, false
	}
	return bitmap, rest, true
}

func isSet(bitmap []byte, number int) bool {
	i := (number - 1) / 8
	return i < len(bitmap) && bitmap[i]&(0x80>>((number-1)%8)) != 0
}

// countFields counts the fields that a bitmap names; bit 1 names none.
func countFields(bitmap []byte) int {
	n := -int(bitmap[0] >> 7)
	for _, c := range bitmap {
		n += bits.OnesCount8(c)
	}
	return n
}

// cut takes one field off b and checks its content.
func (f Field) cut(b []byte) (wire, rest []byte, ok bool) {
	size := f.Size()
	if f.Varying {
		if len(b) < 2 || !isBCD(b[:2], 3) {
			return nil, nil, false
		}
		size = int(b[0])*100 + int(b[1]>>4)*10 + int(b[1]&0x0F)
		b = b[2:]
	}
	if size > len(b) || size > f.Size() {
		return nil, nil, false
	}
	return b[:size:size], b[size:], f.valid(b[:size])
}

func (f Field) valid(wire []byte) bool {
	switch f.Kind {
	case Numeric:
		return isBCD(wire, f.Length)
	case Text:
		return isText(wire)
	}
	return true
}

// isBCD checks that b holds digits, and zeros to the left of the length that is
// meant.
func isBCD(b []byte, digits int) bool {
	for _, c := range b {
		if c>>4 > 9 || c&0x0F > 9 {
			return false
		}
	}
	return digits%2 == 0 || b[0]>>4 == 0
}

func isText(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c > 0x7E {
			return false
		}
	}
	return true
}

func digit(nibble byte) byte { return '0' + nibble&0x0F }
