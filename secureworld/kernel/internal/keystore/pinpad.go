package keystore

import (
	"crypto/cipher"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/pinentry"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// ErrKeyed says that a keyed card does not open, for whatever reason.
var ErrKeyed = errors.New("keystore: keyed card refused")

// loadSealing opens the two keys that are shared with the PIN pad: one for each
// direction.
func (s *Store) loadSealing() (err error) {
	if s.pan, err = s.openedGCM(provisioning.KeyPAN); err != nil {
		return err
	}
	s.keyed, err = s.openedGCM(provisioning.KeyKeyed)
	return err
}

// openedGCM expands a key in secret memory for the life of the process.
func (s *Store) openedGCM(name string) (a cipher.AEAD, err error) {
	room, err := s.mem.Room(schedule.RoomGCM)
	if err != nil {
		return nil, err
	}
	err = s.withRoom(keySize, func(k []byte) error {
		if err := s.open(name, k); err != nil {
			return err
		}
		a, _, err = schedule.NewGCM(k, room)
		return err
	})
	return a, err
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

// OpenKeyed decrypts in place: sealed, ciphertext and tag in the payment
// application's memory, becomes the pinentry.KeyedSize bytes that the PIN pad
// sealed. That the order is the one that asked is the caller's to know.
func (s *Store) OpenKeyed(sealed []byte, order pinentry.OrderID, device orderauth.DeviceID, counter uint64) (int, error) {
	if len(sealed) != pinentry.KeyedSize+tagSize {
		return 0, ErrKeyed
	}
	_, err := s.keyed.Open(sealed[:0], pinentry.KeyedNonce(counter), sealed, pinentry.PANAAD(order, device))
	if err != nil {
		return 0, ErrKeyed
	}
	return pinentry.KeyedSize, nil
}
