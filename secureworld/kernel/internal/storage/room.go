package storage

import (
	"crypto/cipher"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

const keySize = 32

func (s *Store) withRoom(n int, f func(room []byte) error) error {
	room, err := s.mem.Room(n)
	if err != nil {
		return err
	}
	defer s.release(room)
	return f(room)
}

// release clears a room. What is not a room of ours is a fault of this package.
func (s *Store) release(room []byte) {
	if err := s.mem.Release(room); err != nil {
		panic("storage: internal error: releasing what is not a room")
	}
}

// withGCM runs f with AES-256-GCM under key, expanded in secret memory and erased
// afterwards.
func (s *Store) withGCM(key []byte, f func(cipher.AEAD) error) error {
	return s.withRoom(schedule.RoomGCM, func(room []byte) error {
		a, wipe, err := schedule.NewGCM(key, room)
		if err != nil {
			return err
		}
		defer wipe()
		return f(a)
	})
}

// withAES runs f with AES-256 under key, likewise.
func (s *Store) withAES(key []byte, f func(cipher.Block) error) error {
	return s.withRoom(schedule.RoomAES, func(room []byte) error {
		b, wipe, err := schedule.NewAES(key, room)
		if err != nil {
			return err
		}
		defer wipe()
		return f(b)
	})
}

// seal turns the first n bytes of room, which has tagSize more, into a record;
// the room holds ciphertext afterwards.
func (s *Store) seal(key, room []byte, n int, p place) (b []byte, t tag, err error) {
	if b, err = newHead(p, n); err != nil {
		return nil, t, err
	}
	err = s.withGCM(key, func(a cipher.AEAD) error {
		b = append(b, a.Seal(room[:0], b[nonceAt:headSize], room[:n], b[:nonceAt])...)
		return nil
	})
	if err != nil {
		return nil, t, err
	}
	t = tag(b[len(b)-tagSize:])
	return append(b, checksum(b)...), t, nil
}

// unseal opens a record into room, which has r.size() + tagSize bytes. Want of
// memory is another error than a seal that does not open.
func (s *Store) unseal(key, room []byte, r record) error {
	copy(room, r.sealed())
	return s.withGCM(key, func(a cipher.AEAD) error {
		if _, err := a.Open(room[:0], r.nonce(), room[:r.size()+tagSize], r.head); err != nil {
			return ErrForged
		}
		return nil
	})
}
