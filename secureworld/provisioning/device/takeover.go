package device

import (
	"errors"
	"fmt"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning"
)

// ErrProvisioning reports key blocks that are not exactly those that this kind
// of device needs, each under its supplier key and for its purpose.
var ErrProvisioning = errors.New("device: key blocks refused")

// keySize is that of every key a device is provisioned with: AES-256.
const keySize = 32

// takeOver opens the provisioned keys and makes the first state durable.
func (d *Device) takeOver() error {
	supplier, err := readPrivate(d.path(d.Config.Supplier), keySize)
	defer clear(supplier)
	if err != nil {
		return fmt.Errorf("device: reading the supplier key: %w", err)
	}
	d.state = &State{ID: d.ID}
	if err := d.openBlocks(supplier); err != nil {
		return err
	}
	if d.door == orderauth.DoorPINEntry {
		err = d.takeKBPK()
	}
	if err != nil {
		return err
	}
	return d.save()
}

// wanted are the keys of a device: what each is called, and what it must be.
func wanted(door orderauth.Door) map[string]purpose {
	if door == orderauth.DoorPINEntry {
		return map[string]purpose{provisioning.KeyDeviceOrder: orderKey, provisioning.KeyDevicePAN: panKey, provisioning.KeyDeviceKeyed: keyedKey}
	}
	return map[string]purpose{provisioning.KeyDeviceOrder: orderKey, provisioning.KeyDeviceInitial: initialKey}
}

func (d *Device) openBlocks(supplier []byte) error {
	need := wanted(d.door)
	if len(d.Config.Keys) != len(need) {
		return ErrProvisioning
	}
	for _, k := range d.Config.Keys {
		p, ok := need[k.Name]
		if !ok {
			return ErrProvisioning // unknown, or named twice
		}
		delete(need, k.Name)
		if err := d.openBlock(supplier, p, k.Block); err != nil {
			return err
		}
	}
	return nil
}

func (d *Device) openBlock(supplier []byte, p purpose, block string) error {
	var key [keySize]byte
	defer clear(key[:])
	id, err := unwrap(key[:], supplier, p, []byte(block))
	if err != nil {
		return err
	}
	switch p {
	case orderKey:
		copy(d.state.Order[:], key[:])
	case panKey:
		copy(d.state.PAN[:], key[:])
	case keyedKey:
		copy(d.state.Keyed[:], key[:])
	case initialKey:
		return d.first(id, key[:])
	}
	return nil
}

// first loads the reader's initial key, whose id is the device's.
func (d *Device) first(id [8]byte, key []byte) error {
	if id != [8]byte(d.ID) {
		return ErrProvisioning
	}
	check, err := checkValue(key)
	if err != nil {
		return err
	}
	memory := make([]byte, dukpt.StateSize)
	if d.keys, err = dukpt.Load(memory, id, dukpt.AES256, key); err != nil {
		return ErrProvisioning
	}
	d.state.Keys = append([]byte(nil), memory...)
	d.state.Initial, d.state.Check, d.state.Had = id, check, id[:]
	return nil
}

func (d *Device) takeKBPK() error {
	b, err := readPrivate(d.path(d.Config.AcquirerKBPK), keySize)
	defer clear(b)
	if err != nil || len(b) != keySize {
		return errors.Join(ErrProvisioning, err)
	}
	copy(d.state.KBPK[:], b)
	return nil
}

// destroySecrets deletes what the state has taken the place of. It runs at each
// start, so that a crash before it leaves nothing behind for long.
func (d *Device) destroySecrets() error {
	err := destroyFile(d.path(d.Config.Supplier))
	if d.door == orderauth.DoorPINEntry {
		err = errors.Join(err, destroyFile(d.path(d.Config.AcquirerKBPK)))
	}
	return err
}
