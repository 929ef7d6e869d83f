package pinblock

import "io"

// The functions of formats 0 to 3 write 8 bytes to dst, which is cleared on an
// error and overlaps neither pin nor pan. Those that decode write the digits to
// pin, whose capacity is 12 or more, as DecodeFormat4 does.

// EncodeFormat0 writes the clear format 0 field of pin and pan (13 to 19 digits).
func EncodeFormat0(dst, pin, pan []byte) error {
	return format0.encode(dst, pin, func(field []byte) error { return addPAN(field, pan) })
}

// DecodeFormat0 reads a clear format 0 field.
func DecodeFormat0(pin, block, pan []byte) (int, error) {
	return format0.decodeWithPAN(pin, block, pan)
}

// EncodeFormat1 writes the clear format 1 field, with random fill.
func EncodeFormat1(dst, pin []byte, random io.Reader) error {
	return format1.encode(dst, pin, func(field []byte) error { return format1.fill(field, len(pin), random) })
}

// DecodeFormat1 reads a clear format 1 field.
func DecodeFormat1(pin, block []byte) (int, error) { return format1.decode(pin, block, nil) }

// EncodeFormat2 writes the clear format 2 field, which goes to a card.
func EncodeFormat2(dst, pin []byte) error {
	return format2.encode(dst, pin, func([]byte) error { return nil })
}

// DecodeFormat2 reads a clear format 2 field.
func DecodeFormat2(pin, block []byte) (int, error) { return format2.decode(pin, block, nil) }

// EncodeFormat3 writes the clear format 3 field of pin and pan (13 to 19
// digits), with random fill.
func EncodeFormat3(dst, pin, pan []byte, random io.Reader) error {
	return format3.encode(dst, pin, func(field []byte) error {
		if err := format3.fill(field, len(pin), random); err != nil {
			return err
		}
		return addPAN(field, pan)
	})
}

// DecodeFormat3 reads a clear format 3 field.
func DecodeFormat3(pin, block, pan []byte) (int, error) {
	return format3.decodeWithPAN(pin, block, pan)
}

func (f form) encode(dst, pin []byte, finish func(field []byte) error) error {
	if len(dst) < clearSize {
		return errDestination
	}
	err := checkPIN(pin)
	if err == nil {
		f.put(dst, pin)
		err = finish(dst[:clearSize])
	}
	if err != nil {
		clear(dst[:clearSize])
	}
	return err
}

func (f form) decodeWithPAN(pin, block, pan []byte) (int, error) {
	if checkPAN(pan, panMinimum0) != nil {
		return refuse(pin)
	}
	return f.decode(pin, block, pan)
}

// decode opens a field; pan is empty where the format has none.
func (f form) decode(pin, block, pan []byte) (int, error) {
	if cap(pin) < maxPIN || len(block) != clearSize {
		return refuse(pin)
	}
	var field [clearSize]byte
	defer clear(field[:])
	copy(field[:], block)
	if len(pan) > 0 {
		xorPAN0(field[:], pan)
	}
	return f.take(pin, field[:])
}

func addPAN(field, pan []byte) error {
	if err := checkPAN(pan, panMinimum0); err != nil {
		return err
	}
	xorPAN0(field, pan)
	return nil
}

// xorPAN0 adds the rightmost 12 digits before the check digit.
func xorPAN0(field, pan []byte) {
	for i, c := range pan[len(pan)-panMinimum0 : len(pan)-1] {
		xorNibble(field, 4+i, c-'0')
	}
}

// fill replaces the fill after n digits by random values of the format.
func (f form) fill(field []byte, n int, random io.Reader) error {
	span := int(f.fillHigh-f.fillLow) + 1
	for i := n; i < pinNibbles; i++ {
		v, err := uniform(span, random)
		if err != nil {
			return err
		}
		xorNibble(field, 2+i, f.fillLow^(f.fillLow+v))
	}
	return nil
}

// uniform draws from 0 to span-1, rejecting what would favour the low values.
func uniform(span int, random io.Reader) (byte, error) {
	var draw [1]byte
	for range maxTries {
		if _, err := io.ReadFull(random, draw[:]); err != nil {
			return 0, errRandom
		}
		if v := int(draw[0]); v < 256/span*span {
			return byte(v % span), nil
		}
	}
	return 0, errRandom
}
