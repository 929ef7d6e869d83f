package keystore

import (
	"crypto/cipher"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// ErrEnvelope says that an envelope does not open, for whatever reason.
var ErrEnvelope = errors.New("keystore: envelope refused")

// OpenEnvelope decrypts in place: sealed, ciphertext and tag in the payment
// application's memory, becomes the plaintext. That the KSN was never used before
// is the caller's to check and to make durable. A certificate chain has a size of its
// own.
func (s *Store) OpenEnvelope(sealed []byte, order [32]byte, ksn [12]byte, number uint8) (int, error) {
	k, err := dukpt.ParseKSN(ksn[:])
	if err != nil || k.InitialKeyID() != s.readerID || len(sealed) != sealedSize(number) {
		return 0, ErrEnvelope
	}
	aad := sred.AAD(order, orderauth.DeviceID(s.readerID), ksn, number)
	err = s.withEnvelopeKey(k, func(a cipher.AEAD) error {
		_, err := a.Open(sealed[:0], sred.Nonce(), sealed, aad)
		return err
	})
	if err != nil {
		return 0, ErrEnvelope
	}
	return len(sealed) - tagSize, nil
}

// sealedSize is the one that envelopes of this number have.
func sealedSize(number uint8) int {
	if number == sred.NumberChain {
		return sred.SealedChainSize
	}
	return sred.SealedSize
}

func (s *Store) withEnvelopeKey(k dukpt.KSN, f func(cipher.AEAD) error) error {
	return s.withRoom(dukpt.RoomTransaction, func(room []byte) error {
		t, err := receiver.Transaction(s.reader, dukpt.AES256, k, room)
		if err != nil {
			return err
		}
		defer t.Wipe()
		return s.withRoom(keySize, func(working []byte) error {
			if err := t.DataEncryptionKey(working, dukpt.AES256); err != nil {
				return err
			}
			return s.withGCM(working, f)
		})
	})
}
