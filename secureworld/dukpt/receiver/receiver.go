// Package receiver is the receiving side of AES DUKPT (ANSI X9.24-3): it derives
// the key of any transaction from the initial key of a device, and initial keys
// from a base derivation key.
//
// The receiver's duties that this package cannot do: before the key is used,
// check that the initial key id of the KSN is the one registered for the device
// on this connection, that the KSN was never accepted before and, on the
// devices' doors, is higher than every one before, and store that durably.
//
// The secure world and the acquirer may import it. A device must not: reader
// and pinpad link package dukpt only. It must never hold an initial key beyond
// a call; what it derives lies in memory of the caller.
package receiver

import (
	"encoding/binary"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/dukpt"
	"github.com/strongroom-pos/strongroom/secureworld/dukpt/internal/derive"
)

var (
	errType     = errors.New("receiver: key and type do not agree")
	errStronger = errors.New("receiver: an initial key is never stronger than the base derivation key")
	errCounter  = errors.New("receiver: no transaction has this counter")
	errRoom     = errors.New("receiver: the memory for a transaction is too small")
	errUpdate   = errors.New("receiver: the update key does not fit the type or the initial key")
)

// updateCounter is that of the terminal update: the only use of a value with
// more than 16 one-bits. ANSI X9.24-3, update initial key.
const updateCounter = 0xFFFFFFFF

// InitialKey derives the initial key of type t for one device from the base
// derivation key into dst, t.Size() bytes. bdk is an AES key that is not weaker.
func InitialKey(dst, bdk []byte, t dukpt.KeyType, ikid [8]byte) error {
	if !t.Derives() || len(dst) != t.Size() {
		return errType
	}
	if len(bdk) < t.Size() {
		return errStronger
	}
	room := make([]byte, derive.Room)
	key, err := derive.Open(bdk, room)
	if err != nil {
		return err
	}
	defer key.Erase()
	key.Derive(dst, derive.Initial, uint16(t), ikid)
	return nil
}

// Transaction derives the transaction of ksn from the device's initial key of
// type t, in room, at least dukpt.RoomTransaction bytes of the caller. It walks
// the one-bits of the counter from the highest: up to 16 derivations. Neither
// initialKey nor the caller's KSN is changed. That ksn belongs to initialKey is
// the caller's to check: a foreign KSN gives keys that open nothing.
func Transaction(initialKey []byte, t dukpt.KeyType, ksn dukpt.KSN, room []byte) (*dukpt.Transaction, error) {
	if !dukpt.ValidCounter(ksn.Counter()) {
		return nil, errCounter
	}
	key, err := walk(initialKey, t, ksn.InitialKeyID(), ksn.Counter(), room)
	if err != nil {
		return nil, err
	}
	return dukpt.TransactionFrom(ksn, t, key), nil
}

// UpdateKey derives the key of type kt under which a new initial key is sent to
// the device (key encryption usage at counter FFFFFFFF) into dst, in room as
// for Transaction.
func UpdateKey(dst, initialKey []byte, t dukpt.KeyType, ikid [8]byte, kt dukpt.KeyType, room []byte) error {
	if kt > t || kt.Size() == 0 || len(dst) != kt.Size() {
		return errUpdate
	}
	key, err := walk(initialKey, t, ikid, updateCounter, room)
	if err != nil {
		return err
	}
	defer key.Erase()
	key.Derive(dst, derive.KeyEncryption, uint16(kt), derivationID(ikid, updateCounter))
	return nil
}

// walk derives from key to key, each for the counter bits so far.
func walk(initialKey []byte, t dukpt.KeyType, ikid [8]byte, counter uint32, room []byte) (derive.Key, error) {
	if !t.Derives() || len(initialKey) != t.Size() {
		return derive.Key{}, errType
	}
	if len(room) < dukpt.RoomTransaction {
		return derive.Key{}, errRoom
	}
	spare := derive.Spare(room, t.Size())
	defer clear(spare)
	key, err := derive.Open(initialKey, room)
	for mask, reached := uint32(1<<31), uint32(0); mask != 0 && err == nil; mask >>= 1 {
		if counter&mask == 0 {
			continue
		}
		reached |= mask
		key.Derive(spare, derive.Derivation, uint16(t), derivationID(ikid, reached))
		key.Release()
		key, err = derive.Open(spare, room)
	}
	return key, err
}

// derivationID is the end of the derivation data of all but initial keys.
func derivationID(ikid [8]byte, counter uint32) (id [8]byte) {
	copy(id[:4], ikid[4:])
	binary.BigEndian.PutUint32(id[4:], counter)
	return id
}
