package deviceroot

import (
	"crypto/cipher"

	"github.com/strongroom-pos/strongroom/secureworld/cmac"
	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

func (r *Root) withRoom(n int, f func(room []byte) error) error {
	room, err := r.cfg.Memory.Room(n)
	if err != nil {
		return err
	}
	defer r.release(room)
	return f(room)
}

// release clears a room. What is not a room of ours is a fault of this package.
func (r *Root) release(room []byte) {
	if err := r.cfg.Memory.Release(room); err != nil {
		panic("deviceroot: internal error: releasing what is not a room")
	}
}

func (r *Root) withAES(key []byte, f func(cipher.Block) error) error {
	return r.withRoom(schedule.RoomAES, func(room []byte) error {
		b, wipe, err := schedule.NewAES(key, room)
		if err != nil {
			return err
		}
		defer wipe()
		return f(b)
	})
}

func (r *Root) withGCM(key []byte, f func(cipher.AEAD) error) error {
	return r.withRoom(schedule.RoomGCM, func(room []byte) error {
		a, wipe, err := schedule.NewGCM(key, room)
		if err != nil {
			return err
		}
		defer wipe()
		return f(a)
	})
}

// derive fills dst from key, for one purpose.
func (r *Root) derive(dst, key []byte, purpose string, context []byte) error {
	return r.withAES(key, func(b cipher.Block) error {
		cmac.KDF(dst, b, purpose, context)
		return nil
	})
}
