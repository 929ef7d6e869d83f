package keystore

import (
	"crypto/cipher"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/receiver"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
)

// ErrEnvelope says that an envelope does not open, for whatever reason.
var ErrEnvelope = errors.New("keystore: envelope refused")

// OpenEnvelope decrypts in place: sealed, ciphertext and tag in the payment
// application's memory, becomes the plaintext. That the KSN was never used before
// is the caller's to check and to make durable.
func (s *Store) OpenEnvelope(sealed []byte, order [32]byte, ksn [12]byte, number uint8) (int, error) {
	k, err := dukpt.ParseKSN(ksn[:])
	if err != nil || k.InitialKeyID() != s.readerID || len(sealed) != sred.SealedSize {
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

func (s *Store) loadPAN() error {
	room, err := s.mem.Room(schedule.RoomGCM)
	if err != nil {
		return err
	}
	return s.withRoom(keySize+tagSize, func(k []byte) (err error) {
		if err = s.open(provisioning.KeyPAN, k, keySize); err != nil {
			return err
		}
		s.pan, _, err = schedule.NewGCM(k[:keySize], room)
		return err
	})
}

// SealPAN encrypts in place: pan, digits padded with zeros to 19 bytes and 16
// bytes of capacity behind them, becomes what the PIN pad opens.
func (s *Store) SealPAN(pan []byte, order pinentry.OrderID, device orderauth.DeviceID, counter uint64) (int, error) {
	if len(pan) != pinentry.MaxPAN || cap(pan) < pinentry.MaxPAN+tagSize {
		return 0, errors.New("keystore: malformed pan field")
	}
	out := s.pan.Seal(pan[:0], pinentry.PANNonce(counter), pan, pinentry.PANAAD(order, device))
	return len(out), nil
}
