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
	account, ok := panOf4(pan)
	if !ok {
		return errPAN
	}
	format4.put(dst, pin)
	if _, err := io.ReadFull(random, dst[clearSize:]); err != nil {
		return errRandom
	}
	encipher4(dst, b, account)
	return nil
}

// DecodeFormat4 writes the digits of the PIN in block (16 bytes) to pin, whose
// capacity is 12 or more, and returns how many there are; pin[n:12] is zero. It
// refuses everything else with ErrRefused, and then pin[:12] is zero. block is
// not changed.
func DecodeFormat4(pin []byte, b cipher.Block, block, pan []byte) (int, error) {
	account, ok := panOf4(pan)
	if cap(pin) < maxPIN || !usable(b) || len(block) != size4 || !ok {
		return refuse(pin)
	}
	// On the heap, since b is an interface; cleared, and a growing stack would
	// leave copies behind.
	field := new([size4]byte)
	defer clear(field[:])
	copy(field[:], block)
	decipher4(field[:], b, account)
	return format4.take(pin, field[:])
}

// Translate4 opens block under from and seals the same PIN for the same PAN
// under to, with fresh random fill, in the first 16 bytes of dst, which may be
// block itself. dst holds the clear PIN meanwhile: it lies in the element's
// memory. Whatever is wrong, all steps are made, the error is ErrRefused and
// dst is cleared; only a failing random source has an error of its own.
func Translate4(dst []byte, from, to cipher.Block, block, pan []byte, random io.Reader) error {
	var fill [size4 - clearSize]byte
	if _, err := io.ReadFull(random, fill[:]); err != nil {
		clear(dst[:min(len(dst), size4)])
		return errRandom
	}
	return Refill4(dst, from, to, block, pan, fill)
}

// Refill4 is Translate4 with the random fill given.
func Refill4(dst []byte, from, to cipher.Block, block, pan []byte, fill [size4 - clearSize]byte) error {
	account, ok := panOf4(pan)
	if len(dst) < size4 || !usable(from) || !usable(to) || len(block) != size4 || !ok {
		clear(dst)
		return ErrRefused
	}
	dst = dst[:size4]
	copy(dst, block)
	decipher4(dst, from, account)
	_, good := format4.check(dst)
	*(*[size4 - clearSize]byte)(dst[clearSize:]) = fill
	encipher4(dst, to, account)
	if good == 0 {
		clear(dst)
		return ErrRefused
	}
	return nil
}

// doubler is a cipher that does both blocks of format 4 at once: two words, big
// endian, are added between them.
type doubler interface {
	EncryptTwice(field []byte, left, right uint64)
	DecryptTwice(field []byte, left, right uint64)
}

func encipher4(field []byte, b cipher.Block, account pan4) {
	if d, ok := b.(doubler); ok {
		d.EncryptTwice(field, account.left, account.right)
		return
	}
	b.Encrypt(field, field)
	account.xor(field)
	b.Encrypt(field, field)
}

func decipher4(field []byte, b cipher.Block, account pan4) {
	if d, ok := b.(doubler); ok {
		d.DecryptTwice(field, account.left, account.right)
		return
	}
	b.Decrypt(field, field)
	account.xor(field)
	b.Decrypt(field, field)
}

// pan4 is the PAN field in registers, never written out: how many digits there are
// over twelve, then the digits, zeros before and behind.
type pan4 struct{ left, right uint64 }

// panOf4 makes the field of 1 to 19 ASCII digits; false for anything else, in a time
// that depends on the length.
func panOf4(pan []byte) (f pan4, ok bool) {
	if len(pan) < 1 || len(pan) > maxPAN {
		return f, false
	}
	padded := max(len(pan), panMinimum4)
	behind := max(len(pan)-16, 0) // of the digits that one word does not take
	left, bad1 := digits4(pan[:behind])
	right, bad2 := digits4(pan[behind:])
	f = pan4{left, right}
	f.shift(4 * (size4*2 - 1 - padded))
	f.left |= uint64(padded-panMinimum4) << 60
	return f, (bad1|bad2)>>4 == 0
}

// digits4 is up to 16 ASCII digits, a nibble each; bad is above 15 where one is none.
func digits4(ascii []byte) (word, bad uint64) {
	for _, c := range ascii {
		d := uint64(c) - '0'
		bad |= d | (9 - d)
		word = word<<4 | d&0xF
	}
	return word, bad
}

// shift moves the field to the left, by 48 bits at least.
func (f *pan4) shift(bits int) {
	if bits >= 64 {
		f.left, f.right = f.right<<(bits-64), 0
		return
	}
	f.left, f.right = f.left<<bits|f.right>>(64-bits), f.right<<bits
}

func (f pan4) xor(field []byte) {
	binary.BigEndian.PutUint64(field, binary.BigEndian.Uint64(field)^f.left)
	binary.BigEndian.PutUint64(field[8:], binary.BigEndian.Uint64(field[8:])^f.right)
}

func usable(b cipher.Block) bool { return b != nil && b.BlockSize() == size4 }
