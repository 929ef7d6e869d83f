package services

import (
	"crypto/cipher"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// Memory hands out secret memory; package secretmem has it.
type Memory interface {
	Room(n int) ([]byte, error)
	Release(room []byte) error
}

// release clears a room. What is not a room of ours is a fault of this package.
func release(m Memory, room []byte) {
	if err := m.Release(room); err != nil {
		panic("services: internal error: releasing what is not a room")
	}
}

// withRoom runs f with n bytes of secret memory.
func withRoom(m Memory, n int, f func([]byte) error) error {
	room, err := m.Room(n)
	if err != nil {
		return err
	}
	defer release(m, room)
	return f(room)
}

// block is AES under k, expanded in secret memory until the returned func is
// called.
func block(m Memory, k []byte) (cipher.Block, func(), error) {
	room, err := m.Room(schedule.RoomAES)
	if err != nil {
		return nil, nil, err
	}
	b, wipe, err := schedule.NewAES(k, room)
	if err != nil {
		release(m, room)
		return nil, nil, err
	}
	return b, func() { wipe(); release(m, room) }, nil
}
