package device

import (
	"crypto/subtle"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/keyblock"
)

// ErrKeyRefused reports a DUKPT key that would repeat counters, or one of the
// wrong length. The old key stays in force.
var ErrKeyRefused = errors.New("device: initial key refused")

// LoadBlock opens a version D key block of usage B1, with its id in optional
// block IK, under the acquirer's key block protection key, and loads what is in
// it; see Load.
func (d *Device) LoadBlock(block []byte) (id [8]byte, check [5]byte, err error) {
	var key [keySize]byte
	defer clear(key[:])
	err = d.use(&d.state.KBPK, func(kbpk []byte) error {
		id, err = unwrap(key[:], kbpk, initialKey, block)
		return err
	})
	if err != nil {
		return [8]byte{}, check, err
	}
	check, err = d.Load(id, key[:])
	return id, check, err
}

// Load takes a DUKPT initial key (AES-256), makes the registers durable and
// returns the key's check value: AES-CMAC of a zero block, first five bytes. It
// erases key, also when it refuses.
//
// The key that is in force is acknowledged and its counter stays where it is. A
// key that was in force before is refused: its counters were used.
func (d *Device) Load(id [8]byte, key []byte) (check [5]byte, err error) {
	defer clear(key)
	if check, err = checkValue(key); err != nil {
		return check, ErrKeyRefused
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return check, ErrStopped
	}
	if d.keys != nil && d.state.Initial == id {
		if subtle.ConstantTimeCompare(d.state.Check[:], check[:]) != 1 {
			return check, ErrKeyRefused
		}
		return check, nil
	}
	if id == [8]byte{} || d.state.hadKey(id) || len(d.state.Had) >= 8*maxPINKeys {
		return check, ErrKeyRefused
	}
	return check, d.replaceKey(id, key, check)
}

// replaceKey fills new registers, beside the old ones, and stores them.
func (d *Device) replaceKey(id [8]byte, key []byte, check [5]byte) error {
	memory := make([]byte, dukpt.StateSize)
	keys, err := dukpt.Load(memory, id, dukpt.AES256, key)
	if err != nil {
		return ErrKeyRefused
	}
	clear(d.state.Keys)
	d.state.Keys = append([]byte(nil), memory...)
	d.state.Had = append(d.state.Had, id[:]...)
	d.state.Initial, d.state.Check, d.keys = id, check, keys
	return d.save()
}

// Loaded is the id of the DUKPT key in force, zero if there is none.
func (d *Device) Loaded() [8]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state.Initial
}

func checkValue(key []byte) (check [5]byte, err error) {
	if len(key) != keySize {
		return check, ErrKeyRefused
	}
	return keyblock.KCVAES(key)
}
