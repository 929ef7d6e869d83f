package elementapplet

import (
	"crypto/cipher"
	"crypto/subtle"
)

// half a block is 16 digits, of which two are the control and the length.
const pinDigits = 14

// panField is the second field of ISO 9564-1 format 4, one digit a place: how far
// the PAN is longer than 12, the PAN, zeros.
func panField(pan []byte) (field [blockSize]byte, ok bool) {
	if len(pan) < minPAN || len(pan) > maxPAN || !isNumber(pan) {
		return field, false
	}
	var digits [2 * blockSize]byte
	start := 1
	if short := padToPAN - len(pan); short > 0 {
		start += short
	} else {
		digits[0] = byte(-short)
	}
	for i, c := range pan {
		digits[start+i] = c - '0'
	}
	for i := range field {
		field[i] = digits[2*i]<<4 | digits[2*i+1]
	}
	return field, true
}

func isNumber(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// translate opens a block of one key and makes that of the other, of the same PIN
// and PAN with the new fill. It makes all steps before it refuses.
func translate(from, to cipher.Block, block [blockSize]byte, pan, fill []byte) ([blockSize]byte, bool) {
	account, known := panField(pan)
	if !known {
		return [blockSize]byte{}, false
	}
	field := block
	defer clear(field[:])
	from.Decrypt(field[:], field[:])
	subtle.XORBytes(field[:], field[:], account[:])
	from.Decrypt(field[:], field[:])
	good := isPIN(field[:blockSize/2])
	copy(field[blockSize/2:], fill)
	to.Encrypt(field[:], field[:])
	subtle.XORBytes(field[:], field[:], account[:])
	to.Encrypt(field[:], field[:])
	if good != 1 {
		return [blockSize]byte{}, false
	}
	return field, true
}

// isPIN returns 1 for 4, length, as many digits and A up to the end, in a time that
// tells nothing.
func isPIN(half []byte) int {
	length := int(half[0] & 0xF)
	good := subtle.ConstantTimeByteEq(half[0]>>4, 4)
	good &= subtle.ConstantTimeLessOrEq(minPIN, length) & subtle.ConstantTimeLessOrEq(length, maxPIN)
	for i := range pinDigits {
		digit := half[1+i/2]
		if i%2 == 0 {
			digit >>= 4
		}
		digit &= 0xF
		inPIN := subtle.ConstantTimeLessOrEq(i+1, length)
		good &= subtle.ConstantTimeSelect(inPIN, subtle.ConstantTimeLessOrEq(int(digit), 9), subtle.ConstantTimeByteEq(digit, 0xA))
	}
	return good
}
