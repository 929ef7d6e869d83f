// Package ibm3624 computes natural PINs and offsets by the IBM 3624 method, over
// the whole PIN: 4 to 12 digits.
//
// The natural PIN is the PAN's validation data enciphered by TDES under the PIN
// verification key, each hex digit replaced through the decimalisation table.
// The offset is PIN minus natural PIN, digit by digit, modulo 10. The table
// belongs to the key: whoever may choose one learns PINs.
//
// The elements import it, and provisioning for demo cards. It keeps nothing, and
// what it is given to write to is the caller's to clear.
package ibm3624

import (
	"crypto/cipher"
	"crypto/subtle"
	"errors"
)

// Lengths of a PIN, ISO 9564-1.
const (
	MinPIN = 4
	MaxPIN = 12
)

const digits = 16 // of the validation data, and of the table

// ErrInput reports a PIN, PAN, offset or table that is none.
var ErrInput = errors.New("ibm3624: not a PIN, account number, offset or table")

// Table decimalises the hex digits 0 to F.
type Table [digits]byte

// ParseTable reads 16 decimal digits and refuses a table with fewer than eight
// different ones: it would make a few PINs likely.
func ParseTable(s string) (t Table, err error) {
	if len(s) != digits || !decimal([]byte(s)) {
		return t, ErrInput
	}
	seen := map[byte]bool{}
	for i := range digits {
		t[i] = s[i] - '0'
		seen[t[i]] = true
	}
	if len(seen) < 8 {
		return Table{}, ErrInput
	}
	return t, nil
}

// Offset writes the reference of pin into dst, one ASCII digit for each of the
// PIN, and returns how many. pvk is TDES.
func Offset(dst []byte, pvk cipher.Block, t Table, pan, pin []byte) (int, error) {
	if !validPIN(pin) || len(dst) < len(pin) {
		return 0, ErrInput
	}
	natural, err := natural(pvk, t, pan)
	defer clear(natural)
	if err != nil {
		return 0, err
	}
	for i, d := range pin {
		dst[i] = '0' + (d-'0'+10-natural[i])%10
	}
	return len(pin), nil
}

// Verify reports in constant time, for PINs of one length, whether pin has this
// offset. A PIN of another length than the offset is wrong.
func Verify(pvk cipher.Block, t Table, pan, pin, offset []byte) (bool, error) {
	if !validPIN(offset) || !decimal(pin) {
		return false, ErrInput
	}
	var got [MaxPIN]byte
	defer clear(got[:])
	n, err := Offset(got[:], pvk, t, pan, pin)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got[:n], offset) == 1, nil
}

// natural returns the digits of the natural PIN as numbers.
func natural(pvk cipher.Block, t Table, pan []byte) ([]byte, error) {
	data, err := validation(pan)
	if err != nil {
		return nil, err
	}
	return decimalise(pvk, t, data), nil
}

// validation is the last 16 digits of the PAN, a shorter one padded with F on
// the right, as eight bytes.
func validation(pan []byte) (out [8]byte, err error) {
	if len(pan) < 12 || len(pan) > 19 || !decimal(pan) {
		return out, ErrInput
	}
	pan = pan[max(0, len(pan)-digits):]
	for i := range digits {
		nibble := byte(0xF)
		if i < len(pan) {
			nibble = pan[i] - '0'
		}
		out[i/2] = out[i/2]<<4 | nibble
	}
	return out, nil
}

func decimalise(pvk cipher.Block, t Table, data [8]byte) []byte {
	pvk.Encrypt(data[:], data[:])
	out := make([]byte, 0, digits)
	for _, c := range data {
		out = append(out, t[c>>4], t[c&0x0F])
	}
	clear(data[:])
	return out
}

func validPIN(pin []byte) bool {
	return len(pin) >= MinPIN && len(pin) <= MaxPIN && decimal(pin)
}

func decimal(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
