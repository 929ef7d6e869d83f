// Package derive is the one derivation function of AES DUKPT (ANSI X9.24-3,
// key derivation: derivation data enciphered by the deriving key), shared by
// dukpt and dukpt/receiver.
//
// It is internal so that only these two can name a usage: everybody else gets
// one method per purpose. It must never keep a key outside the caller's room.
package derive

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/sensitive/schedule"
)

// Usage says what the derived key is for. ANSI X9.24-3, key usage indicators.
type Usage uint16

// The usages of the standard.
const (
	KeyEncryption   Usage = 0x0002
	PINEncryption   Usage = 0x1000
	MACGeneration   Usage = 0x2000
	MACVerification Usage = 0x2001
	MACBoth         Usage = 0x2002
	DataEncryption  Usage = 0x3000
	DataDecryption  Usage = 0x3001
	DataBoth        Usage = 0x3002
	Derivation      Usage = 0x8000
	Initial         Usage = 0x8001
)

// Room of a Key: derivation data, one block of output, one key for the caller,
// the schedule.
const (
	blockSize = 16
	maxKey    = 32
	dataAt    = 0
	outputAt  = dataAt + blockSize
	keyAt     = outputAt + blockSize
	tableAt   = keyAt + maxKey
	Room      = tableAt + schedule.RoomAES
)

const version = 1 // of the derivation data

var errRoom = errors.New("derive: the room is too small")

// Key is a deriving key, expanded in a room of the caller. It is not safe for
// concurrent use: its derivations share the room.
type Key struct {
	block cipher.Block
	erase func()
	room  []byte
}

// Open expands an AES key into room, Room bytes or more. key may be the spare
// key of the same room (Spare).
func Open(key, room []byte) (Key, error) {
	if len(room) < Room {
		return Key{}, errRoom
	}
	room = room[:Room:Room]
	b, erase, err := schedule.NewAES(key, room[tableAt:])
	if err != nil {
		return Key{}, err
	}
	return Key{block: b, erase: erase, room: room}, nil
}

// Spare is the part of a room that holds the next key during a walk.
func Spare(room []byte, size int) []byte { return room[keyAt:][:size] }

// Derive fills dst, 16 to 32 bytes, with the key for one usage. kind is the
// algorithm indicator of the derived key, id the last 8 bytes of the derivation
// data: the initial key id for an initial key, else the derivation id (last 4
// bytes of it) and the counter.
//
// dst is computed block by block and not read, so it may overlap nothing but
// the spare key.
func (k *Key) Derive(dst []byte, usage Usage, kind uint16, id [8]byte) {
	data, out := k.room[dataAt:outputAt], k.room[outputAt:keyAt]
	data[0], data[1] = version, 1
	binary.BigEndian.PutUint16(data[2:], uint16(usage))
	binary.BigEndian.PutUint16(data[4:], kind)
	binary.BigEndian.PutUint16(data[6:], uint16(len(dst)*8))
	copy(data[8:], id[:])
	for len(dst) > 0 {
		k.block.Encrypt(out, data)
		dst = dst[copy(dst, out):]
		data[1]++
	}
	clear(out)
}

// Opened reports whether the key can derive: it was opened and not erased.
func (k *Key) Opened() bool { return k.block != nil }

// Erase clears schedule and room.
func (k *Key) Erase() {
	if k.block == nil {
		return
	}
	k.erase()
	clear(k.room)
	*k = Key{}
}

// Release clears the schedule only, so that the room can take the next key of a
// walk.
func (k *Key) Release() {
	k.erase()
	*k = Key{}
}
