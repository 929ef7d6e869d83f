package sred

import (
	"crypto/sha256"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
)

// Numbers of the envelopes within an order.
const (
	NumberVerify uint8 = 1
	NumberOnline uint8 = 2
	NumberChain  uint8 = 3
)

// Sizes of an envelope's two forms; package contents lays the plaintext out.
const (
	PlaintextSize = contents.Size
	SealedSize    = contents.SealedSize

	ChainSize       = contents.ChainSize
	SealedChainSize = contents.SealedChainSize
)

// WorkingKeySize is the length of an envelope's key: AES-256.
const WorkingKeySize = 32

// Envelope is account and EMV data sealed for the payment application.
type Envelope struct {
	KSN    [12]byte
	Number uint8
	Sealed [SealedSize]byte
}

// ChainEnvelope is account data and a certificate chain sealed for the payment
// application.
type ChainEnvelope struct {
	KSN    [12]byte
	Sealed [SealedChainSize]byte
}

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

// Seal closes plaintext, as contents.Pack returned it, under the transaction's data
// encryption key. It works in place: plaintext's memory holds ciphertext
// afterwards, and the working key is erased.
func Seal(t *dukpt.Transaction, order [32]byte, device orderauth.DeviceID, number uint8, plaintext []byte) (Envelope, error) {
	e := Envelope{KSN: t.KSN(), Number: number}
	if len(plaintext) != PlaintextSize || cap(plaintext) < SealedSize {
		return Envelope{}, contents.ErrContents
	}
	if err := seal(t, AAD(order, device, e.KSN, number), plaintext); err != nil {
		return Envelope{}, err
	}
	copy(e.Sealed[:], plaintext[:SealedSize])
	return e, nil
}

// SealChain closes plaintext, as contents.PackChain returned it, in the same way.
func SealChain(t *dukpt.Transaction, order [32]byte, device orderauth.DeviceID, plaintext []byte) (ChainEnvelope, error) {
	e := ChainEnvelope{KSN: t.KSN()}
	if len(plaintext) != ChainSize || cap(plaintext) < SealedChainSize {
		return ChainEnvelope{}, contents.ErrContents
	}
	if err := seal(t, AAD(order, device, e.KSN, NumberChain), plaintext); err != nil {
		return ChainEnvelope{}, err
	}
	copy(e.Sealed[:], plaintext[:SealedChainSize])
	return e, nil
}

func seal(t *dukpt.Transaction, aad, plaintext []byte) error {
	var key [WorkingKeySize]byte
	defer clear(key[:])
	if err := t.DataEncryptionKey(key[:], dukpt.AES256); err != nil {
		return err
	}
	aead, wipe, err := schedule.NewGCM(key[:], nil)
	if err != nil {
		return err
	}
	defer wipe()
	aead.Seal(plaintext[:0], Nonce(), plaintext, aad)
	return nil
}
