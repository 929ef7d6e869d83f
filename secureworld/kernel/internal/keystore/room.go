package keystore

import (
	"crypto/cipher"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// Memory hands out secret memory; package secretmem has it.
type Memory interface {
	Room(n int) ([]byte, error)
	Release(room []byte) error
}

// key is an opened key of 32 bytes in secret memory.
type key []byte

const keySize = 32

// expand expands k into secret memory of mem for the life of the process.
func expand(mem Memory, k key) (cipher.Block, error) {
	room, err := mem.Room(schedule.RoomAES)
	if err != nil {
		return nil, fmt.Errorf("keystore: room for a cipher: %w", err)
	}
	block, _, err := schedule.NewAES(k, room)
	return block, err
}

// withGCM runs f with AES-GCM under k, expanded in secret memory and erased
// afterwards.
func (s *Store) withGCM(k []byte, f func(cipher.AEAD) error) error {
	room, err := s.mem.Room(schedule.RoomGCM)
	if err != nil {
		return err
	}
	defer s.release(room)
	aead, wipe, err := schedule.NewGCM(k, room)
	if err != nil {
		return err
	}
	defer wipe()
	return f(aead)
}

// withAES runs f with AES under k, likewise.
func (s *Store) withAES(k []byte, f func(cipher.Block) error) error {
	room, err := s.mem.Room(schedule.RoomAES)
	if err != nil {
		return err
	}
	defer s.release(room)
	block, wipe, err := schedule.NewAES(k, room)
	if err != nil {
		return err
	}
	defer wipe()
	return f(block)
}

// withRoom runs f with n bytes of secret memory.
func (s *Store) withRoom(n int, f func([]byte) error) error {
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
		panic("keystore: internal error: releasing what is not a room")
	}
}
