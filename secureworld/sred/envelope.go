package sred

import (
	"crypto/sha256"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// Numbers of the envelopes within an order.
const (
	NumberVerify uint8 = 1
	NumberOnline uint8 = 2
)

const gcmTagSize = 16

// SealedSize is the length of an envelope's ciphertext with its tag.
const SealedSize = PlaintextSize + gcmTagSize

// WorkingKeySize is the length of an envelope's key: AES-256.
const WorkingKeySize = 32

// Envelope is account and EMV data sealed for the payment application.
type Envelope struct {
	KSN    [12]byte
	Number uint8
	Sealed [SealedSize]byte
}

// ErrPlaintext reports data that do not fit into an envelope.
var ErrPlaintext = errors.New("sred: data do not fit into an envelope")

// OrderDigest is what binds an envelope to the order that it answers: the
// SHA-256 of the Take order as received, CMAC included.
func OrderDigest(sealedOrder []byte) [32]byte { return sha256.Sum256(sealedOrder) }

// AAD is the additional authenticated data of an envelope.
func AAD(order [32]byte, device orderauth.DeviceID, ksn [12]byte, number uint8) []byte {
	aad := make([]byte, 0, 32+8+12+1)
	aad = append(aad, order[:]...)
	aad = append(aad, device[:]...)
	aad = append(aad, ksn[:]...)
	return append(aad, number)
}

// Nonce is the fixed nonce of an envelope; its key is used once.
func Nonce() []byte { return make([]byte, 12) }

// Pack lays account and EMV data out in buf, which it fills to PlaintextSize.
// The returned slice lies in buf.
func Pack(buf, account, emv []byte) ([]byte, error) {
	if 4+len(account)+len(emv) > PlaintextSize || cap(buf) < SealedSize {
		return nil, ErrPlaintext
	}
	b := append(buf[:0], byte(len(account)>>8), byte(len(account)))
	b = append(b, account...)
	b = append(b, byte(len(emv)>>8), byte(len(emv)))
	b = append(b, emv...)
	n := len(b)
	b = b[:PlaintextSize]
	clear(b[n:])
	return b, nil
}

// Unpack returns the two parts of a plaintext, as slices of it. Bytes behind
// them must be zero, so there is one plaintext for each pair.
func Unpack(plaintext []byte) (account, emv []byte, err error) {
	if len(plaintext) != PlaintextSize {
		return nil, nil, ErrPlaintext
	}
	account, rest, err := part(plaintext)
	if err != nil {
		return nil, nil, err
	}
	if emv, rest, err = part(rest); err != nil {
		return nil, nil, err
	}
	for _, b := range rest {
		if b != 0 {
			return nil, nil, ErrPlaintext
		}
	}
	return account, emv, nil
}

func part(b []byte) (value, rest []byte, err error) {
	if len(b) < 2 {
		return nil, nil, ErrPlaintext
	}
	n := int(b[0])<<8 | int(b[1])
	if len(b)-2 < n {
		return nil, nil, ErrPlaintext
	}
	return b[2 : 2+n : 2+n], b[2+n:], nil
}

// Seal closes plaintext, as Pack returned it, under the transaction's data
// encryption key. It works in place: plaintext's memory holds ciphertext
// afterwards, and the working key is erased.
func Seal(t *dukpt.Transaction, order [32]byte, device orderauth.DeviceID, number uint8, plaintext []byte) (Envelope, error) {
	e := Envelope{KSN: t.KSN(), Number: number}
	if len(plaintext) != PlaintextSize || cap(plaintext) < SealedSize {
		return Envelope{}, ErrPlaintext
	}
	var key [WorkingKeySize]byte
	defer clear(key[:])
	if err := t.DataEncryptionKey(key[:], dukpt.AES256); err != nil {
		return Envelope{}, err
	}
	aead, wipe, err := schedule.NewGCM(key[:], nil)
	if err != nil {
		return Envelope{}, err
	}
	defer wipe()
	aead.Seal(plaintext[:0], Nonce(), plaintext, AAD(order, device, e.KSN, number))
	copy(e.Sealed[:], plaintext[:SealedSize])
	return e, nil
}
