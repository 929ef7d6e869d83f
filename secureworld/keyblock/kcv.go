package keyblock

import (
	"crypto/cipher"
	"crypto/subtle"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// Methods of check values, as they stand in KC and KP. X9.143.
const (
	methodECB  = "00" // zero block enciphered, 3 bytes
	methodCMAC = "01" // CMAC of a zero block, 5 bytes
)

// ErrCheckValue says that a key does not have the check value in its header.
var ErrCheckValue = errors.New("keyblock: the key does not have its check value")

// KCVAES is the check value of an AES key: the first 5 bytes of the CMAC of a
// zero block. Older data show 3 bytes of it.
func KCVAES(key []byte) (kcv [5]byte, err error) {
	b, erase, err := schedule.NewAES(key, nil)
	if err != nil {
		return kcv, err
	}
	defer erase()
	copy(kcv[:], checkValue(b, methodCMAC))
	return kcv, nil
}

// KCVTDES is the check value of a TDES key: the first 3 bytes of an enciphered
// zero block.
func KCVTDES(key []byte) (kcv [3]byte, err error) {
	b, erase, err := schedule.NewTDES(key, nil)
	if err != nil {
		return kcv, err
	}
	defer erase()
	copy(kcv[:], checkValue(b, methodECB))
	return kcv, nil
}

// checkValue returns as many bytes as may be published.
func checkValue(b cipher.Block, method string) []byte {
	zero := make([]byte, b.BlockSize())
	if method == methodCMAC {
		return cmac.Sum(nil, b, zero)[:5]
	}
	b.Encrypt(zero, zero)
	return zero[:3]
}

// checkValueIsWellFormed accepts a method and 2 to 3 or 2 to 5 bytes.
func checkValueIsWellFormed(data string) bool {
	if len(data) < 6 || !isHex(data) {
		return false
	}
	switch data[:2] {
	case methodECB:
		return len(data) <= 2+6
	case methodCMAC:
		return len(data) <= 2+10
	default:
		return false
	}
}

// checkValues holds the keys to the check values that the header states: KC of
// the key inside, KP of the KBPK.
func (h *Header) checkValues(kbpk, key []byte) error {
	kbpkAlgorithm := byte('A')
	if h.Version == 'B' {
		kbpkAlgorithm = 'T'
	}
	for _, o := range h.Optional {
		ok := true
		switch o.ID {
		case "KC":
			ok = hasCheckValue(h.Algorithm, key, o.Data)
		case "KP":
			ok = hasCheckValue(kbpkAlgorithm, kbpk, o.Data)
		}
		if !ok {
			return ErrCheckValue
		}
	}
	return nil
}

// hasCheckValue reports whether key has the stated value. Only AES and TDES keys
// have one.
func hasCheckValue(algorithm byte, key []byte, data string) bool {
	if !checkValueIsWellFormed(data) {
		return false
	}
	expand := schedule.NewAES
	switch algorithm {
	case 'A':
	case 'T':
		expand = schedule.NewTDES
	default:
		return false
	}
	b, erase, err := expand(key, nil)
	if err != nil {
		return false
	}
	defer erase()
	want := appendHex(nil, checkValue(b, data[:2]))
	return subtle.ConstantTimeCompare(want[:len(data)-2], []byte(data[2:])) == 1
}
