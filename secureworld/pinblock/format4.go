package pinblock

import (
	"crypto/cipher"
	"encoding/binary"
	"io"
)

// EncodeFormat4 writes the format 4 block of pin (4 to 12 ASCII digits) and pan
// (1 to 19) under b to the first 16 bytes of dst, which overlaps neither. random
// gives 8 bytes, so the same PIN never looks the same. On an error dst is
// cleared.
func EncodeFormat4(dst []byte, b cipher.Block, pin, pan []byte, random io.Reader) error {
	if len(dst) < size4 {
		return errDestination
	}
	dst = dst[:size4]
	if err := encode4(dst, b, pin, pan, random); err != nil {
		clear(dst)
		return err
	}
	return nil
}

func encode4(dst []byte, b cipher.Block, pin, pan []byte, random io.Reader) error {
	if !usable(b) {
		return errCipher
	}
	if err := checkPIN(pin); err != nil {
		return err
	}
	if err := checkPAN(pan, 1); err != nil {
		return err
	}
	format4.put(dst, pin)
	if _, err := io.ReadFull(random, dst[clearSize:]); err != nil {
		return errRandom
	}
	encipher4(dst, b, pan)
	return nil
}

// DecodeFormat4 writes the digits of the PIN in block (16 bytes) to pin, whose
// capacity is 12 or more, and returns how many there are; pin[n:12] is zero. It
// refuses everything else with ErrRefused, and then pin[:12] is zero. block is
// not changed.
func DecodeFormat4(pin []byte, b cipher.Block, block, pan []byte) (int, error) {
	if cap(pin) < maxPIN || !usable(b) || len(block) != size4 || checkPAN(pan, 1) != nil {
		return refuse(pin)
	}
	// On the heap, since b is an interface; cleared, and a growing stack would
	// leave copies behind.
	field := new([size4]byte)
	defer clear(field[:])
	copy(field[:], block)
	decipher4(field[:], b, pan)
	return format4.take(pin, field[:])
}

// Translate4 opens block under from and seals the same PIN for the same PAN
// under to, with fresh random fill, in the first 16 bytes of dst, which may be
// block itself. dst holds the clear PIN meanwhile: it lies in the element's
// memory. Whatever is wrong, all steps are made, the error is ErrRefused and
// dst is cleared; only a failing random source has an error of its own.
func Translate4(dst []byte, from, to cipher.Block, block, pan []byte, random io.Reader) error {
	if len(dst) < size4 || !usable(from) || !usable(to) || len(block) != size4 || checkPAN(pan, 1) != nil {
		clear(dst)
		return ErrRefused
	}
	dst = dst[:size4]
	copy(dst, block)
	decipher4(dst, from, pan)
	_, ok := format4.check(dst)
	if _, err := io.ReadFull(random, dst[clearSize:]); err != nil {
		clear(dst)
		return errRandom
	}
	encipher4(dst, to, pan)
	if ok == 0 {
		clear(dst)
		return ErrRefused
	}
	return nil
}

func encipher4(field []byte, b cipher.Block, pan []byte) {
	b.Encrypt(field, field)
	xorPAN4(field, pan)
	b.Encrypt(field, field)
}

func decipher4(field []byte, b cipher.Block, pan []byte) {
	b.Decrypt(field, field)
	xorPAN4(field, pan)
	b.Decrypt(field, field)
}

// xorPAN4 adds the PAN field, which is made in registers and never written out: how
// many digits there are over twelve, then the digits, zeros before and behind.
func xorPAN4(field, pan []byte) {
	padded := max(len(pan), panMinimum4)
	left, right := uint64(padded-panMinimum4)<<60, uint64(0)
	at := 60 - 4*(1+padded-len(pan)) // bits below the digit; negative in the right half
	for _, c := range pan {
		d := uint64(c - '0')
		if at >= 0 {
			left |= d << at
		} else {
			right |= d << (64 + at)
		}
		at -= 4
	}
	binary.BigEndian.PutUint64(field, binary.BigEndian.Uint64(field)^left)
	binary.BigEndian.PutUint64(field[8:], binary.BigEndian.Uint64(field[8:])^right)
}

func usable(b cipher.Block) bool { return b != nil && b.BlockSize() == size4 }
